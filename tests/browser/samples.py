"""One message of each kind, as the front door gives them."""

from typing import Any

ANSWER: dict[str, Any] = {
    "text": "能。在杭州市区以外，租房住也可以落户：有合法稳定住所（租的房子也算）就可以申请。\n\n"
    "下一步：带身份证、租赁合同到居住地派出所问，或拨打 12345。详见 https://www.zj.gov.cn/col/luohu.html。",
    "details": "要准备：\n1. 居民身份证、户口簿\n2. 备过案的租赁合同\n\n哪里办：居住地派出所，或政务服务中心公安窗口。",
    "notes": ["这一条适用于全省（杭州市区除外），各地细则可能不同。", "依据较早，请以窗口答复为准。"],
    "sources": [
        {
            "document": "zj-plan-2023",
            "title": "浙江省推动落实常住地提供基本公共服务制度有序推进农业转移人口市民化实施方案（2023—2027年）",
            "number": "浙政办发〔2023〕44号",
            "published": "2023-07-18",
            "url": "https://www.zj.gov.cn/art/2023/7/18/art_1229017139.html",
            "trust": "seed",
        },
        {"document": "x", "title": "户口登记条例", "number": None, "published": None, "url": None, "trust": "official"},
    ],
    "buttons": [{"title": "帮我看看能不能落户", "payload": '/start_check{"check": "settlement.any_way"}'}],
    "outcome": {"outcome": "answered", "topic": "settlement.renting"},
}
QUESTION: dict[str, Any] = {
    "text": "您的学历是？",
    "progress": {"number": 3, "about": 6},
    "buttons": [
        {"title": title, "payload": f'/answer{{"value": "{title}"}}'}
        for title in ("初中及以下", "高中", "大专", "本科", "硕士", "博士", "不知道")
    ],
    "outcome": {"outcome": "asked_fact"},
}
SHEET: dict[str, Any] = {
    "text": "按您说的情况，一共大约 72 分。",
    "sheet": {
        "title": "浙江省级积分估算",
        "columns": ["指标", "得分", "最高", "说明"],
        "rows": [
            ["年龄", "15", "15", "35 周岁"],
            ["文化程度", "20", "40", "大专"],
            ["技能等级或职称", "10～12", "50", "中级工；两处来源的分值不一致，写成范围"],
            ["缴纳社会保险", "15", "30", "48 个月"],
            ["居住时间", "12", "20", "60 个月"],
        ],
        "total": "合计 72 分",
        "notes": ["社保按足月计算，不满一个月的不算。"],
    },
    "outcome": {"outcome": "points_estimated"},
}
DECLINED: dict[str, Any] = {
    "text": "抱歉，这件事我没有经过核对的答案，不敢乱说。",
    "outcome": {"outcome": "declined_no_source"},
}
STAFF: dict[str, Any] = {"role": "staff", "text": "您好，我是工作人员，请问您在哪个区？"}

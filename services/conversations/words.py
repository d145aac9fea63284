"""What the front door itself says to residents. No policy: answers come from the knowledge snapshot."""

from typing import Any

WELCOME = (
    "您好，我是安居答，帮在浙江的新居民弄清落户、居住证、上学、社保、租房、工资这些事，也能算积分、看看您符不符合条件。"
    "回答都附出处。请不要输入身份证号、手机号。直接打字问，或点下面的按钮。"
)
WELCOME_BUTTONS: list[dict[str, Any]] = [
    {"title": "算算我的积分", "payload": '/start_points{"scheme": "zhejiang-provincial"}'},
    {"title": "看看我能不能落户", "payload": '/start_check{"check": "settlement.any_way"}'},
    {"title": "居住证怎么办", "payload": '/ask_topic{"topic": "residence_permit.apply"}'},
]
BLANK = "我没有看到文字。请用一句话说说您想问什么，比如“居住证丢了怎么补？”"
TOO_LONG = (
    "您这段话有 {count} 个字，我一次最多看 {limit} 个字。请先写最想问的一件事，"
    "比如“我在杭州租房，能不能落户？”，其余的分几次发给我。"
)
BOT_UNAVAILABLE = (
    "刚才这句话我没能处理完，不是您的问题，也不代表您不符合条件。请过几秒再发一次；着急的话可以拨打 12345。"
)
BUSY = "上一句话还在处理，请等几秒再发。"
UNKNOWN_PAYLOAD = "这个按钮已经失效了，请直接打字告诉我您想问什么。"
ID_REUSED = "这条消息的编号已经用过了，请刷新页面再发一次。"
NO_SESSION = "没有找到您的对话，请刷新页面重新开始。"
CROSS_SITE = "这个请求不是从本站页面发出的，请从首页重新打开对话。"

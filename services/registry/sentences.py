"""What residents are told about each outcome of asking the registry. Approved wording; no policy.

A check that could not be made is never told as failed, and never as “no record”.
"""

from datetime import UTC, date, datetime

from services.registry.outcomes import Outcome, Reason, Result
from services.registry.records import AnyRecord, Challenge, Kind

TITLES: dict[Kind, str] = {
    "points": "官方积分记录",
    "insurance": "社会保险缴费月数",
    "permit": "居住证信息",
    "progress": "办理进度",
}
DEMO = "这是演示用的登记系统，里面的人和记录都是虚构的，不是您的真实记录。"

CODE_SENT = (
    "验证码已经发到登记系统里留的手机（尾号 {tail}），{minutes} 分钟内有效。"
    "请在安全输入框里填写，不要直接发在对话里。手机号已经不用的，请到办理登记的窗口更新。"
)
VERIFIED = "核验好了，几分钟内可以查询您的记录。"
FOUND = "这是登记系统里您的{title}，截至 {day}。有疑问的，以受理窗口的答复为准。"

NO_PERSON = (
    "登记系统里没有查到这个身份证号。请核对号码；刚办登记的可能还没有录入，可以问办理登记的窗口或拨打 12345。"
    "这不代表您不符合条件。"
)
NO_RECORD = (
    "登记系统里没有您的{title}。没有申请过的属于正常；申请过的，请问受理窗口或拨打 12345。这不代表您不符合条件。"
)

REFUSED: dict[Reason, str] = {
    Reason.WRONG_CODE: "验证码不对，请对照短信重新填写。连续填错五次，这个验证码就作废了。",
    Reason.EXPIRED: "这个验证码已经过期或者用过了，请重新填写身份证号，再取一个。",
    Reason.LOCKED: "验证码填错五次，已经作废。请重新填写身份证号，再取一个。",
    Reason.TOO_MANY: "这个身份证号取验证码的次数太多了，请过十分钟再试；一天最多取十次。",
    Reason.GRANT_EXPIRED: "刚才的核验已经过期，请重新填写身份证号，再取一个验证码。",
}

SLOW = "登记系统这会儿太慢，没有等到结果。不是您的问题，也不代表没有您的记录。请过几分钟再试，着急的可以拨打 12345。"
DOWN = "登记系统暂时连不上，没能查询。不是您的问题，也不代表没有您的记录。请过一会儿再试，着急的可以拨打 12345。"
INCONSISTENT = "登记系统给的记录前后对不上，不能当作结果告诉您。请向受理窗口或 12345 核实，您的资格不受影响。"

NEEDS: dict[Outcome, str] = {
    Outcome.NEEDS_CONSENT: "查询要用您的身份证号和短信验证码。请先点“同意”；不同意也可以继续问别的问题。",
    Outcome.NEEDS_ID_NUMBER: "请在安全输入框里填写身份证号。号码加密保存，用完就删，最多留十分钟。",
    Outcome.NEEDS_CODE: "请在安全输入框里填写短信里的 6 位验证码。",
    Outcome.NEEDS_CHALLENGE: "验证码已经失效，请重新填写身份证号，再取一个。",
    Outcome.NEEDS_VERIFICATION: "查询之前要先核验是您本人：请填写身份证号，再填短信验证码。",
}

# What the public routes say.
CONSENT_NEEDED = "请先同意用身份证号和验证码查询您的登记信息，再填写。"
UNKNOWN_PURPOSE = "没有这项用途，请刷新页面再试。"
UNKNOWN_FIELD = "这里只能填写身份证号、验证码或手机号，请刷新页面再试。"


def of_challenge(result: Result[Challenge], now: datetime) -> str:
    """Say how asking for a code ended."""
    if result.record is None:
        return NO_PERSON if result.outcome is Outcome.NOT_FOUND else _failure(result)
    minutes = max(1, round((result.record.expires - now.astimezone(UTC)).total_seconds() / 60))
    sent = CODE_SENT.format(tail=result.record.phone_masked[-4:], minutes=minutes)
    return f"{sent}{DEMO}" if result.record.demo else sent


def of_verify(outcome: Outcome, reason: Reason | None) -> str:
    """Say how handing in a code ended."""
    return VERIFIED if outcome is Outcome.FOUND else _failure(Result[None](outcome, None, reason))


def of_record(kind: Kind, result: Result[AnyRecord]) -> str:
    """Say how reading a record ended."""
    if result.record is None:
        return NO_RECORD.format(title=TITLES[kind]) if result.outcome is Outcome.NOT_FOUND else _failure(result)
    found = FOUND.format(title=TITLES[kind], day=_day(result.record.as_of))
    return f"{found}{DEMO}" if result.record.demo else found


def of_need(outcome: Outcome) -> str:
    """Say what is missing before the registry can be asked."""
    return NEEDS[outcome]


def _failure[Record](result: Result[Record]) -> str:
    if result.outcome is Outcome.REFUSED and result.reason is not None:
        return REFUSED[result.reason]
    return {Outcome.SLOW: SLOW, Outcome.INCONSISTENT: INCONSISTENT}.get(result.outcome, DOWN)


def _day(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"

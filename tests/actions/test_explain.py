"""“为什么” after a check: the reason, then what decided, in sentences with the source."""

from actions.explain import ActionExplain
from tests.actions.talking import tracker


async def test_why_tells_what_decided_since_when_and_by_which_source(api, dispatcher):
    run = {"kind": "eligibility", "id": "residence_permit.apply", "done": True, "topic": None}
    facts = {"city": "330600", "registered_months": 4, "basis": "稳定就业"}
    await ActionExplain().run(dispatcher, tracker("为什么", "explain_why", run=run, facts=facts), {})
    text = dispatcher.messages[-1]["text"]
    assert "申领浙江省居住证：居住登记要连续满 6 个月" in text
    assert "您是4个月，规定从2016-07-01起要满6个月，还差2个月" in text
    assert "依据：“电子《浙江省居住证》" in text


### 账本之外，付款还会因为什么被拒绝。

refusal-payments-sms_payment_exceeded = 超过短信验证码的单笔上限
    .text = 没有扣款。短信验证码单笔最高 { $cap }。可以改小金额，大额请到网点办理。
refusal-payments-sms_day_exceeded = 超过短信验证码的每日上限
    .text = 没有扣款。短信验证码每天最高 { $cap }，今天还可付 { $left }。可以改小金额、明天再付，大额请到网点办理。
refusal-payments-sms_month_exceeded = 超过短信验证码的每月上限
    .text = 没有扣款。短信验证码每月最高 { $cap }，本月还可付 { $left }。可以改小金额，大额请到网点办理。
refusal-payments-invitation_not_possible = 不能邀请这个收款人
    .text = 没有扣款。只能邀请手机号，而且只能马上付。
refusal-payments-invitations_too_many = 今天邀请得够多了
    .text = 没有扣款。一天最多邀请 { $most } 人，请明天再来。
refusal-payments-request_not_found = 没有这个收款链接
    .text = 没有扣款。请核对地址，或者请对方重新发一个。
refusal-payments-request_over = 这个收款链接已失效
    .text = 没有扣款。它被收回了，或者超过了 30 天。请对方重新发一个。
refusal-payments-request_amount_differs = 金额和链接里的不一样
    .text = 没有扣款。链接要的是 { $asked }。按这个金额付，或者不用链接直接付给对方。
refusal-payments-requests_too_many = 链接够多了
    .text = 同时最多 { $most } 个。先收回不用的。
refusal-payments-kill_not_found = 没有这次止付
    .text = 什么都没有变。请从客户页重新进入。
refusal-payments-stop_not_meant = 什么都没有停
    .text = 要全部停掉，请明确写出来：stop_everything 必须是 true。

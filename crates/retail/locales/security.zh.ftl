
### 安全：认证方式、额度、一键止付。

retail-account-tail = 付款账户后六位
retail-account-tail-hint = 账号的最后 6 位数字，在“账户”页可以看到。

refusal-passport-factor_unknown = 没有这种认证方式
    .text = 请从列出的方式中选一种。
refusal-passport-factor_not_held = 你没有这个认证工具
    .text = 请换一种你已有的方式，或先在“安全”里添加。
refusal-passport-asks_too_many = 认证次数太多
    .text = 请在 { $retry_after_s } 秒后再试。没有资金变动。
refusal-passport-proof_none = 还没有开始认证
    .text = 请先选一种认证方式。
refusal-passport-proof_other_factor = 认证方式换过了
    .text = 请按页面上现在的方式认证，或重新选择。收款人和金额没有变。
refusal-passport-proof_changed = 内容改过，这次认证作废
    .text = 请重新认证。没有资金变动。
refusal-passport-proof_expired = 这次认证过期了
    .text = 每次认证 5 分钟内有效，请重新开始。收款人和金额没有变。
refusal-passport-proof_spent = 这次认证不能再用
    .text = 请重新开始，或换一种方式。收款人和金额没有变。
refusal-passport-proof_wrong = 认证没有通过
    .text = 还可以试 { $left } 次，也可以换一种方式。
refusal-passport-step_up_needed = 需要先证明是你本人
    .text = { $least_tier ->
        [one] 请用短信、通行密钥、密码器或U盾认证，之后 10 分钟内可以修改安全设置。
        [two] 这一步需要密码器或U盾认证；如果都没有，请带证件到柜台办理。
       *[other] 这一步需要U盾认证；如果没有，请带证件到柜台办理。
    }
refusal-passport-event_not_found = 没有这条记录
    .text = 请回到列表再看。


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

retail-factor-sms_code = 短信验证码
retail-factor-passkey = 通行密钥
retail-factor-otp_token = 电子密码器
retail-factor-signing_key = U盾（证书）
retail-factor-security_key = 安全密钥
retail-proof-by = 用{ $way }确认
retail-proof-others = 换一种方式
retail-proof-none-reaches = 现有的方式都付不了这个金额
retail-proof-reaches = 现在最多可付 { $left }
retail-proof-unbounded = 金额不限
retail-proof-question = 在密码器上输入
retail-proof-token-hint = 密码器显示的 6 位数字，5 分钟内有效，可以试 { $left } 次。
retail-proof-token-open = 打开演示密码器
retail-proof-signature = 签名
retail-proof-sign-hint = 用 tongbao sign 显示并签名上面的文字，再把签名粘贴到这里，可以试 { $left } 次。
retail-proof-lead-sms_code = 验证码已发出。
retail-proof-lead-otp_token = 按密码器的“挑战”键，输入下面的数字，再把屏幕上的 6 位动态码填到这里。数字由收款账户、金额和随机数算出，改一样就失效。
retail-proof-lead-signing_key = 请核对下面的文字：收款人和金额都对才签名。
retail-proof-lead-passkey = 请用这台设备的指纹、面容或锁屏密码确认。
retail-proof-lead-security_key = 请插入或轻触安全密钥。安全密钥不显示收款人，请在上面核对收款人和金额。
retail-proof-browser-none = 这个浏览器用不了密钥，请换一种方式。
retail-proof-browser-cancelled = 没有完成。可以再试，或换一种方式。
retail-proof-browser-script = 这种方式要求浏览器允许脚本，请换一种方式。

retail-cap-method-payment = 单笔最高 { $cap }
retail-cap-method-day = 每天最高 { $cap }，今天还剩 { $left }
retail-cap-method-month = 每月最高 { $cap }，本月还剩 { $left }
retail-cap-own-payment = 你自己设的单笔限额是 { $cap }
retail-cap-own-day = 你自己设的每日限额是 { $cap }，今天还剩 { $left }
retail-cap-tier-day = 这一级方式合计每天最高 { $cap }，今天还剩 { $left }
retail-cap-tier-month = 这一级方式合计每月最高 { $cap }，本月还剩 { $left }
retail-cap-own-total = 你自己设的每日总限额是 { $cap }，今天还剩 { $left }
retail-cap-class-day = 这类账户每天最多付出 { $cap }，今天还剩 { $left }
retail-cap-class-year = 这类账户每年最多付出 { $cap }，今年还剩 { $left }
retail-cap-qr-day = 这类收款码每天最高 { $cap }，今天还剩 { $left }
retail-cap-locked = 已上锁
retail-cap-mandate = 授权单笔最高 { $cap }
retail-cap-risk = 风险控制：现在最多可付 { $cap }

refusal-payments-method_payment_exceeded = 超过这种方式的单笔上限
    .text = 没有扣款。单笔最高 { $cap }。可以改小金额，或换一种更强的认证方式。
refusal-payments-method_day_exceeded = 超过这种方式的每日上限
    .text = 没有扣款。每天最高 { $cap }，今天还可付 { $left }。可以改小金额、明天再付，或换一种更强的认证方式。
refusal-payments-method_month_exceeded = 超过这种方式的每月上限
    .text = 没有扣款。每月最高 { $cap }，本月还可付 { $left }。可以改小金额，或换一种更强的认证方式。
refusal-payments-own_total_exceeded = 超过你自己设的每日总限额
    .text = 没有扣款。你设的每日总限额是 { $cap }，今天还可付 { $left }。可以在“限额”里调高。
refusal-payments-qr_day_exceeded = 超过这类收款码的每日上限
    .text = 没有扣款。这类码每天最高 { $cap }，今天还可付 { $left }。
refusal-payments-locked = 已上锁
    .text = 没有扣款。这项功能已被你锁上，解锁后再试。
refusal-payments-mandate_exceeded = 超过授权金额
    .text = 没有扣款。授权单笔最高 { $cap }。
refusal-payments-risk_exceeded = 为了安全，暂时付不了这么多
    .text = 没有扣款。现在最多可付 { $cap }，请改小金额或到网点办理。
refusal-accounts-matrix_invalid = 限额表不完整或不合理
    .text = 每行都要填，金额要大于零，单笔不大于每日，每日不大于每月。请检查 { $line }。
refusal-accounts-matrix_not_found = 没有这个版本
    .text = 请回到限额表的版本列表。
refusal-accounts-matrix_from_past = 生效日已经过去
    .text = 请选今天或以后的日子。
refusal-accounts-own_limit_invalid = 限额不对
    .text = 请填零或更大的金额，最多两位小数。


### 用户：注册、验证码、设备、实名。

refusal-notify-gateway_unavailable = 现在发不出短信
    .text = 请一分钟后再试。没有改动任何内容，也没有动钱。
refusal-passport-password_common = 这个密码太容易被猜到
    .text = 换几个只有你会连在一起的词。
refusal-passport-password_breached = 这个密码曾在别处泄露
    .text = 它已在盗用者常试的名单里。请换一个只在这里用的密码。
refusal-passport-session_not_found = 没有这个登录
    .text = 它可能已经结束了，请再看一眼列表。
refusal-passport-device_not_found = 没有这台设备
    .text = 它可能已经移除了，请再看一眼列表。
refusal-passport-password_wrong = 现在的密码不对
    .text = 密码没有改。请核对后再试。
refusal-passport-mobile_moved = 手机号在这期间已经换过
    .text = 没有改动。请看现在的号码，再从头办理。
refusal-passport-mobile_same = 这就是你现在的号码
    .text = 请填新号码，或者不用更换。
refusal-passport-profile_invalid = 这一项读不了
    .text = 请检查标出的一项，还没有保存。
refusal-passport-accounts_open = 还有账户没有销户
    .text = 你还有 { $open } 个账户。请先转出余额并销户，再来注销。
refusal-passport-person_not_found = 没有这个人
    .text = 请用手机号重新查找。
refusal-passport-citizen_number_invalid = 身份证号不对
    .text = 一共 18 位，最后一位可能是 X。请对照证件核对。
refusal-passport-too_young = 未到独立开户的年龄
    .text = 满 { $least } 周岁可以自己开户。请和家长一起到网点办理。
refusal-passport-already_verified = 已经实名认证过了
    .text = 不用再做什么，现在就可以开户。
refusal-passport-identity_mismatch = 姓名和身份证号不一致
    .text = { $left ->
        [0] 请对照证件核对。为了安全，一小时后可以再试。
       *[other] 请对照证件核对，还可以试 { $left } 次。
    }
refusal-passport-identity_try_later = 认证次数太多了
    .text = 为了安全，请 { $retry_after_s } 秒后再试，或带证件到网点办理。
refusal-passport-identity_unsure = 登记系统无法判断
    .text = 这不是你的问题，也不算次数。请带证件到网点办理。
refusal-passport-registry_unavailable = 身份登记系统没有回应
    .text = 这次不算次数。请过几分钟再试，刚才填的内容没有保存。
refusal-passport-identity_taken = 你已经是本行客户
    .text = 请用当时的手机号登录；号码不用了，可以到网点更换。
refusal-passport-permit_needed = 要先有两个人同意
    .text = 没有发放。先提交“准许增加强认证”，主管同意后半小时内办理。
refusal-passport-passkeys_changed = 通行密钥已经变了
    .text = 没有移除。请重新查看认证方式，再提交一次。

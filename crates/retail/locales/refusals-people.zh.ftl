
### 用户：注册、验证码、设备、实名。

refusal-notify-gateway_unavailable = 现在发不出短信
    .text = 请一分钟后再试。没有改动任何内容，也没有动钱。
refusal-passport-password_common = 这个密码太容易被猜到
    .text = 换几个只有你会连在一起的词。
refusal-passport-session_not_found = 没有这个登录
    .text = 它可能已经结束了，请再看一眼列表。
refusal-passport-device_not_found = 没有这台设备
    .text = 它可能已经移除了，请再看一眼列表。
refusal-passport-password_wrong = 现在的密码不对
    .text = 密码没有改。请核对后再试。
refusal-passport-mobile_same = 这就是你现在的号码
    .text = 请填新号码，或者不用更换。
refusal-passport-profile_invalid = 这一项读不了
    .text = 请检查标出的一项，还没有保存。
refusal-passport-accounts_open = 还有账户没有销户
    .text = 你还有 { $open } 个账户。请先转出余额并销户，再来注销。
refusal-passport-person_not_found = 没有这个人
    .text = 请用手机号重新查找。

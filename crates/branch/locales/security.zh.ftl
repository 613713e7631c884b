### 员工登录的第二步，和令牌。

branch-second-step = 输入动态码
    .text = 工号 { $number } 的密码对了，再输入令牌上的 6 位动态码。
branch-second-step-lost = 令牌丢了或坏了，请两位系统管理员准你登记一个新的。
branch-token-code = 动态码
branch-token-code-hint = 每 30 秒换一个，每个只能用一次。
branch-token = 登记令牌
branch-token-first = 以后登录除了密码，还要这个令牌上的动态码。
branch-token-spare = 登记之后，两个令牌都可以用。这一次准许只能登记一个。
branch-token-seed = 令牌的密钥
    .text = 用任意一款动态码应用扫码，或者手工输入上面的字母和数字（按时间、6 位、30 秒）。只给你一个人看，不要截图。
branch-token-open = 在本机的应用里打开
branch-token-do = 登记
branch-token-enrolled = 令牌登记好了。
    .text = 别处的登录已全部结束。
branch-token-leave = 准许
    .lost = 原来的丢了，登记新的
    .spare = 再登记一个备用的
branch-token-demo = 演示员工的令牌
    .text = 真正的银行里，令牌在每位员工自己手上。这里把演示员工的动态码都摆出来，方便你试。
branch-token-lasts = 还有 { $seconds } 秒换下一个
branch-token-again = 看现在的动态码
branch-act-lost-token = 令牌丢了
    .lead = 要另一位管理员同意。同意后原来的令牌马上作废，所有登录结束，本人三天内可以登记一个新的。
    .do = 提交
branch-act-spare-token = 准许登记备用令牌
    .lead = 要另一位管理员同意。原来的令牌照用，本人三天内可以再登记一个。
    .do = 提交

### 安全事件：客户说“不是我”的事。

branch-place-security = 安全事件
branch-security-lead = 客户在“安全动态”里说不是本人的事。先看客户全景，再联系客户，查到什么写什么。
branch-security-none-open = 没有未结的安全事件。
branch-security-none-closed = 还没有结过案。
branch-security-see-closed = 看已结的
branch-security-see-open = 看未结的
branch-security-open = 未结
branch-security-closed = 已结
branch-security-opened = 报来的时间
branch-security-notes = 记录
branch-security-no-notes = 还没有人写过。
branch-security-note = 查到了什么，做了什么
branch-security-note-do = 写下来
branch-security-close = 写下来并结案
branch-security-what = 不是本人
    .signed_in = 登录不是本人
    .session = 登录不是本人
    .device = 设备不是本人的
    .device_bound = 设备不是本人绑定的
    .factor_added = 认证方式不是本人加的
    .payment = 付款不是本人
    .payment_refused = 被拒的付款不是本人
    .card_refused = 被拒的刷卡不是本人
    .all = 有些事不是本人做的

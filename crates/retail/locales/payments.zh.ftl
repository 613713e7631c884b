
### 以后付、定期付、付给还不是客户的人；付过的人。

retail-when = 什么时候付：{ $when }
retail-when-label = 什么时候付
retail-when-now = 马上
retail-when-delayed = 24 小时后到账，可撤回
retail-when-on = 指定一天
retail-when-daily = 每天
retail-when-weekly = 每周
retail-when-monthly = 每月
retail-when-first = 哪一天（或者第一次）
retail-when-last = 最后一天（可不填）
retail-when-note = 最早从明天开始，当天 9:00 用那时的余额付；每次都计入短信验证码的限额。
retail-arrival-invitation = 对方开户后，最晚 3 天
retail-confirm-note-invitation = 钱先留出，我们给这个号码发短信。3 天没人来就退回，这之前你随时可以撤回。
retail-invitee = 还不是客户，钱留 3 天
retail-invite = 邀请 { $number }？
    .text = 对方还没来通宝。我们会给这个号码发短信，写上你打码的名字和金额。钱留出 3 天：对方开户就到账，没人来就退回，这之前你随时可以撤回。
retail-invite-do = 邀请并继续
retail-transfer-recent = 付过的人
retail-payees = 收款人
retail-payees-all = 全部
retail-payees-edit = 管理
retail-payees-none = 还没有。付过的人会记在这里。
retail-payees-note = 点名字再付一次。移除以后，下次付款又会记上。
retail-payees-pay = ，再付一次
retail-payees-remove = 移除
retail-planned = 等待和预约
    .text = 撤回等着的钱，停止定期的转账
retail-waiting = 等待到账
retail-waiting-none = 没有等着的钱。
retail-waiting-delayed = { $until } 到账
retail-waiting-invitation = 已邀请，{ $until } 前没人来就退回
retail-recall = 撤回
retail-schedules = 预约转账
retail-schedules-none = 还没有预约。转账填金额时，在“什么时候付”里选日子。
retail-schedule-next = 下一次：{ $day }
retail-schedule-ended = 已结束
retail-schedule-stopped = 你已停止
retail-schedule-paid = 上次已付，至今 { $n } 次
retail-schedule-refused = 上次没有付：{ $reason }
retail-schedule-stop = 停止
retail-receipt-arrives = 到账时间
retail-receipt-runs-out = 没人来就退回
retail-for-you = { $name }付给你的 { $amount } 正等着你。
retail-for-you-open =
    { $n ->
        [1] 开户就能收到，{ $until } 前没领就退回。
       *[other] 开户就能收到，一共 { $n } 笔，这笔 { $until } 前没领就退回。
    }
retail-for-you-limits =
    { $n ->
        [1] 你的账户现在收不下，开一个Ⅱ类账户就能收，{ $until } 前没领就退回。
       *[other] 你的账户现在收不下，有 { $n } 笔在等。开一个Ⅱ类账户就能收，这笔 { $until } 前没领就退回。
    }
retail-notice-received = 收到一笔钱
    .text = { $other }转来 { $amount }。
retail-notice-posted = 延时转账已到账
    .text = 转给{ $other } { $amount }。
retail-notice-returned = 有一笔转账退回来了
    .text =
        { $why ->
            [expired] 付给 { $other } 的 { $amount }：3 天没人来领。
           *[other] 付给{ $other }的 { $amount }：有一方账户被冻结。
        }
retail-notice-claimed = 你邀请的人来了
    .text = { $other }已收到 { $amount }。
retail-notice-waits = 有一笔钱在等你
    .text =
        { $reason ->
            [payee_full] { $other }付来的 { $amount } 你的账户放不下。先转出一些，或者开一个Ⅱ类账户。
            [payee_limit_exceeded] { $other }付来的 { $amount } 超过你账户的限额。我们每小时再试一次，Ⅱ类账户能收更多。
           *[other] { $other }付来的 { $amount } 现在进不了你的账户。可以另开一个，或到网点问问。
        }
retail-notice-scheduled = 预约转账已付
    .text = 转给{ $payee } { $amount }。
retail-notice-schedule-refused = 预约转账没有付成
    .text = 转给{ $payee } { $amount }。点开看原因，下一次到日子再试。

retail-receive = 收款
retail-receive-number = 我的账号
    .text = 付款的人只需要你的手机号或者账号，别的都不用给。
retail-request-copy = 复制
retail-request = 用链接收款
retail-request-account = 收到哪个账户
retail-request-amount = 收多少（可不填）
retail-request-amount-hint = 不填就由付款的人决定。
retail-request-make = 生成链接
retail-request-links = 我的链接
retail-request-none = 还没有。链接可以发到任何聊天里，也可以让对方扫这个屏幕。
retail-request-any = 金额不限
retail-request-until = { $day } 前可付
retail-request-expired = 已过期
retail-request-cancelled = 你已收回
retail-request-paid = 付过 { $n } 次，共 { $total }
retail-request-cancel = 收回链接
retail-pay-link = 有人请你付款
retail-pay-link-any = 金额由你填。
retail-pay-link-until = 有效期
retail-pay-link-sign-in = 登录并付款
retail-pay-link-join = 还不是客户？先加入、开户，再打开这个链接。
retail-pay-link-note = 链接不能证明是谁发的。认识对方、知道是什么钱，再付。

# 本行借记卡、锁和用卡记录
retail-row-card-refund = { $name } · 退货
retail-kind-card-refund = 银行卡退货
retail-receipt-card-until = 商户最晚来收
retail-waiting-card = 商户已预授权，{ $until } 前没有来收就退回
retail-receipt-card = 卡
retail-receipt-card-place = 地点
retail-receipt-card-original = 商户金额
retail-receipt-card-rate = 汇率
retail-receipt-card-rate-text = 每 100 { $currency } 合 { $rate } 元（{ $source }）

retail-own-cards = 我的借记卡
retail-other-cards = 别的银行的卡
retail-own-cards-none = 还没有借记卡。可以开一张虚拟卡，要在网上付款时自己打开。
retail-own-card-new = 开一张虚拟借记卡
retail-own-card-new-text = 卡号、有效期和安全码由银行保管，随开随用。网上付款默认关着，用时再打开；锁和你其他的卡一样。钱从你选的账户里出。
retail-own-card-account = 付款账户
retail-own-card-new-do = 开卡
retail-own-card-debit = 借记卡
retail-own-card-until = 有效期至
retail-own-card-from = 付款账户 { $account }
retail-own-card-show = 看卡号和安全码
retail-own-card-shown-title = 卡号和安全码
retail-own-card-number = 卡号
retail-own-card-cvv = 安全码
retail-own-card-shown-note = 一分钟后这一页会自己收起。别截图，别告诉任何人，银行也不会问你要。
retail-own-card-hide = 收起
retail-own-card-state = { $state ->
    [active] 正常
    [frozen] 已冻结
    [lost] 已挂失
    [replaced] 已换新卡
    [closed] 已销卡
   *[expired] 已过期
}
retail-own-card-freeze = 冻结这张卡
retail-own-card-freeze-text = 马上生效，什么都付不了。找到了再解冻。
retail-own-card-freeze-do = 冻结
retail-own-card-unfreeze = 解冻这张卡
retail-own-card-unfreeze-text = 解冻后可以照常使用，锁不变。要先证明是你本人。
retail-own-card-unfreeze-do = 解冻
retail-own-card-lost = 挂失这张卡
retail-own-card-lost-text = 卡号马上永久作废，不能撤销。已经预授权的款项照常结清。之后可以换一张新卡。
retail-own-card-lost-do = 挂失
retail-own-card-replace = 换一张新卡
retail-own-card-replace-text = 换新卡号，旧卡号马上作废。锁和当天的限额跟着新卡走，已经预授权的款项照常结清。要先证明是你本人。
retail-own-card-replace-do = 换卡
retail-own-card-close = 注销这张卡
retail-own-card-close-text = 卡号永久作废，账户和钱不受影响。
retail-own-card-close-do = 注销
retail-own-card-online = 无卡支付
retail-own-card-online-on = 已打开：可以在网上付款
retail-own-card-online-off = 已关闭：网上和电话付款都不行
retail-own-card-online-blocked = 安全码连错太多次，无卡支付已停
retail-own-card-online-turn-on = 打开无卡支付
retail-own-card-online-turn-on-text = 打开后，凭卡号、有效期和安全码可以在网上付款，算在你用来证明身份的方式的限额里。
retail-own-card-online-turn-off = 关闭
retail-own-card-open = 打开
retail-own-card-locks = 安全锁
retail-own-card-locks-on = { $count ->
    [0] 都没锁
   *[other] 锁着 { $count } 项
}
retail-own-card-uses = 最近用卡
retail-own-card-uses-none = 还没有用过这张卡。
retail-own-card-successor = 看新卡
retail-own-card-do = 管理这张卡

retail-locks = 安全锁
retail-locks-note = 锁上点一下就行，马上生效。解锁或放宽要先证明是你本人。锁先于限额：被锁住的交易不计入限额。香港、澳门和台湾的交易按境外算。
retail-lock-on = 已锁
retail-lock-off = 没锁
retail-lock-do = 锁上
retail-unlock-do = 解锁
retail-lock-change = 保存
retail-lock-overseas = 境外锁
retail-lock-overseas-text = 境外的取款机、刷卡和挥卡都不行。
retail-lock-overseas-not-present = 境外无卡支付锁
retail-lock-overseas-not-present-text = 境外网站、电话付款都不行。
retail-lock-region = 地区锁
retail-lock-region-text = 只能在你选的省、市取款和刷卡，别处（含境外）不行。网上付款不看地点。
retail-lock-region-places = 常用地
retail-lock-region-places-hint = 选好省、市，点一下就锁上。
retail-lock-region-whole = 全省
retail-lock-region-add = 加上并锁住
retail-lock-region-remove = 去掉{ $place }
retail-lock-night = 夜间锁
retail-lock-night-text = 这段时间里什么都付不了，按用卡地的钟算，可以跨零点。
retail-lock-night-from = 从
retail-lock-night-until = 到
retail-lock-night-shown = { $from } 到 { $until }
retail-lock-terminal-day = 终端日限额
retail-lock-terminal-day-text = 每天在取款机和商户终端最多付这么多，含本数。换卡不重新算。
retail-lock-terminal-day-cap = 每天最多
retail-lock-terminal-day-used = 今天已用 { $used }
retail-lock-terminal-day-shown = 每天 { $cap }

retail-use = 用卡记录
retail-use-state = { $state ->
    [declined] 没有付出去
    [approved] 已预授权
    [captured] 已付款
    [reversed] 商户已撤销
    [expired] 商户没有来收，钱已退回
   *[deciding] 处理中
}
retail-use-merchant = 商户
retail-use-channel = 方式
retail-channel = { $channel ->
    [pos] 刷卡
    [atm] 取款机
    [online] 网上
   *[contactless] 挥卡
}
retail-channel-by-phone = 电话或邮购
retail-use-place = 地点
retail-use-local-time = 当地时间
retail-use-refunded = 已退货
retail-use-locks = 去看安全锁
retail-use-receipt = 看回单
retail-use-abroad = 境外 { $country }

retail-notice-own-card-issued = 借记卡开好了
    .text = 尾号 { $tail } 的卡可以用了。不是你开的？马上冻结并联系我们。
retail-notice-own-card-frozen = 借记卡已冻结
    .text = 尾号 { $tail } 的卡现在什么都付不了，解冻后再用。
retail-notice-own-card-unfrozen = 借记卡已解冻
    .text = 尾号 { $tail } 的卡又可以用了。不是你？马上再冻结。
retail-notice-own-card-lost = 借记卡已挂失
    .text = 尾号 { $tail } 的卡号已永久作废。可以换一张新卡。
retail-notice-own-card-closed = 借记卡已注销
    .text = 尾号 { $tail } 的卡号已作废，账户和钱不受影响。
retail-notice-own-card-online = 无卡支付已打开
    .text = 尾号 { $tail } 的卡可以在网上付款了。不是你？马上关闭。
retail-notice-own-card-code = 安全码连错，无卡支付已停
    .text = 有人用尾号 { $tail } 的卡号反复试安全码。是你？到卡的页面重新打开。不是？换一张新卡。
retail-notice-own-card-lock = 安全锁放宽了
    .text = 尾号 { $tail } 的卡有一项锁解开或放宽了。不是你？马上锁上。
retail-notice-card-paid = 刷卡付款
    .text = 尾号 { $tail } 的卡付给{ $merchant } { $amount }。
retail-notice-card-withdrawn = 取款机取款
    .text = 尾号 { $tail } 的卡在{ $merchant }取款 { $amount }。
retail-notice-card-refused = 有一笔没有付出去
    .text = 尾号 { $tail } 的卡在{ $merchant }要付 { $amount }：{ $why }。没有扣款。
retail-notice-card-refunded = 商户退货
    .text = { $merchant }退回 { $amount } 到尾号 { $tail } 的卡的账户。
retail-notice-card-reversed = 商户撤销了预授权
    .text = { $merchant }不收了，{ $amount } 又可以用了。

refusal-accounts-lock_overseas = 境外锁开着
    .text = 没有扣款。是你？在卡的安全锁里解开境外锁，再试一次。不是？不用管，锁在替你挡着。
refusal-accounts-lock_region = 地区锁开着，这里不是你的常用地
    .text = 没有扣款。是你？在卡的安全锁里加上这个地方，再试一次。不是？不用管，锁在替你挡着。
refusal-accounts-lock_night = 夜间锁开着
    .text = 没有扣款。是你？在卡的安全锁里解开夜间锁，或过了这段时间再付。不是？不用管，锁在替你挡着。
refusal-accounts-lock_overseas_not_present = 境外无卡支付锁开着
    .text = 没有扣款。是你？在卡的安全锁里解开这项，再试一次。不是？不用管，锁在替你挡着。
refusal-accounts-lock_terminal_day = 超过了终端日限额
    .text = 没有扣款。可以少付一些、明天再付，或在卡的安全锁里改限额。
refusal-accounts-lock_invalid = 这样锁不了
    .text = 没有改动。请看一下填的时间、地方或金额，再保存一次。
refusal-accounts-cards_not_issued = 本行不发卡
    .text = 这里还没有开通发卡，请联系我们。
refusal-accounts-debit_card_not_found = 没有这张卡
    .text = 回到卡的列表看看。
refusal-accounts-debit_cards_too_many = 这个账户的卡已经够多了
    .text = 一个账户最多 { $most } 张。先注销一张不用的。
refusal-accounts-debit_card_unknown = 没有这张卡
    .text = 没有扣款。请核对卡号。
refusal-accounts-debit_card_frozen = 卡已冻结
    .text = 没有扣款。先在卡的页面解冻，再试一次。
refusal-accounts-debit_card_lost = 卡已挂失
    .text = 这个卡号永久作废。可以换一张新卡。
refusal-accounts-debit_card_replaced = 这张卡已经换了新卡
    .text = 没有扣款。请用新卡。
refusal-accounts-debit_card_closed = 卡已注销
    .text = 没有扣款。可以再开一张新卡。
refusal-accounts-debit_card_expired = 卡已过期
    .text = 没有扣款。换一张新卡就好。
refusal-accounts-debit_card_expiry_wrong = 有效期不对
    .text = 没有扣款。请核对卡上的有效期。
refusal-accounts-debit_card_offline = 无卡支付关着
    .text = 没有扣款。要在网上付，先在卡的页面打开无卡支付。
refusal-accounts-debit_card_code_missing = 没有给安全码
    .text = 没有扣款。网上付款要填卡的三位安全码。
refusal-accounts-debit_card_code_wrong = 有效期或安全码不对
    .text = 没有扣款。连错五次，这张卡的无卡支付会停。不是你？换一张新卡。
refusal-accounts-debit_card_code_blocked = 安全码连错太多次，无卡支付已停
    .text = 没有扣款。是你？在卡的页面重新打开。不是？换一张新卡。
refusal-payments-card_currency_unknown = 这种货币现在换算不了
    .text = 没有扣款。请商户改用人民币，或换一种方式付。
refusal-payments-authorisation_invalid = 这笔用卡请求读不懂
    .text = 没有扣款。请商户核对后再发。
refusal-payments-authorisation_conflict = 这个参考号用过了
    .text = 没有扣款。同一个参考号不能再问别的内容。
refusal-payments-authorisation_unknown = 没有这笔授权
    .text = 请核对参考号。
refusal-payments-authorisation_over = 这笔授权已经结束
    .text = 它已收款、撤销或过期，不能再动。
refusal-payments-capture_too_large = 超过了还能收或退的金额
    .text = 金额不能比预授权或已收的多。
retail-use-why-funds = 余额不够
    .text = 没有扣款。先转一些钱进来，再付一次。
retail-use-why-limit = 超过了账户的限额
    .text = 没有扣款。可以少付一些，或明天再付。

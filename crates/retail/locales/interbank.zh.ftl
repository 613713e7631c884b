
### 跨行收付：发生了什么，接下来怎么办。

refusal-payments-interbank_over = 这笔已经有结果了
    .text = 刷新页面看最新状态。
refusal-payments-not_returnable = 这笔款不能退回他行
    .text = 没有资金变动。只有从他行汇入并已入账的款才能退汇。
refusal-payments-returned_already = 这笔款正在退回或已经退回
    .text = 没有再次变动资金。
refusal-payments-case_closed = 这件事项已经办结
    .text = 以当时的记录为准。

retail-kind-interbank-out = 跨行汇出
retail-kind-interbank-in = 跨行汇入
retail-kind-top-up = 充值
retail-kind-return = 退汇
retail-row-return = { $name } 退汇
retail-row-top-up = 从你的银行卡 { $tail } 转入
retail-receipt-expected = 预计到账

retail-notice-elsewhere-settled = 跨行转账已到账
    .text = 转给{ $bank }的{ $other } { $amount }。
retail-notice-elsewhere-refused = 跨行转账没有成功
    .text = 转给{ $bank }的{ $other }的 { $amount } 已退回你的账户。原因：{ $why }。
retail-notice-elsewhere-returned = 一笔转账被退回
    .text = { $bank }退回了你转给{ $other }的 { $amount }，钱已在你的账户里。原因：{ $why }。
retail-notice-elsewhere-checking = 正在核实一笔付款
    .text = { $bank }、{ $other }、{ $amount }：对方还没有答复。我们正在问。这笔不会付两次，请不要再付，有结果马上告诉你。
retail-notice-elsewhere-received = 收到他行汇款
    .text = { $bank }的{ $other }转来 { $amount }。
retail-notice-top-up-settled = 充值已到账
    .text = 从{ $bank }转入 { $amount }。
retail-notice-top-up-refused = 充值没有成功
    .text = { $bank }没有付出 { $amount }。原因：{ $why }。
refusal-payments-not_stuck = 这笔还没有超时
    .text = 先等清算所答复，或马上查询。应到时间过了还没有结果，才能人工处理。
refusal-payments-settlement_day_invalid = 清算日不对
    .text = 应在付款开始那天和今天之间，照清算所的依据填写。
refusal-payments-statement_missing = 这一天的对账单还没有收到
    .text = 收到后会自动对账。一直不来，请联系清算所。
refusal-payments-statement_unusable = 这一天的对账单不能用
    .text = 看对应的差错，请清算所重发。

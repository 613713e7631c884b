
### 银行卡和其他银行：被拒绝时说发生了什么、怎么办。

refusal-payments-network_unavailable = 联系不上其他银行
    .text = 没有扣款，也没有绑卡。银行之间的网络暂时没有回应，请过几分钟再试。
refusal-payments-name_not_proven = 先做实名认证
    .text = 绑卡要用你认证过的姓名和身份证号。认证只要一分钟，做完再来绑。
refusal-payments-citizen_number_missing = 我们还没有核对过你的身份证
    .text = 绑卡要用证件号码，你开户时还不用登记。请带身份证到网点补一下，当场就能绑。
refusal-payments-card_number_invalid = 卡号不对
    .text = { $reason ->
        [length] 卡号有 12 到 19 位数字。请对着卡面核对位数。
        [character] 卡号只有数字。请删掉别的字符。
       *[check_digit] 有一位抄错了。请对着卡面逐位核对。
    }
refusal-payments-card_bank_unknown = 认不出这张卡的银行
    .text = 没有绑卡。请核对卡号的前几位；如果没错，这家银行还没有加入网络，请换一张卡。
refusal-payments-card_bound_already = 这张卡你已经绑过了
    .text = 在银行卡列表里就能用它，不用再绑。
refusal-payments-cards_too_many = 绑的卡够多了
    .text = 最多绑 { $most } 张。先解绑一张不用的，再来绑新的。
refusal-payments-card_checks_too_many = 今天试的次数太多了
    .text = 没有绑卡。为了安全，24 小时内最多试 { $most } 次，请明天再来。
refusal-payments-card_mismatch = 对方银行说信息对不上
    .text = 没有绑卡。只能绑你本人的卡；手机号要填你留在那家银行的。请核对卡号和手机号，或者问问那家银行。
refusal-payments-card_unknown = 对方银行没有这张卡
    .text = 没有绑卡。请对着卡面核对卡号。
refusal-payments-card_closed = 这张卡已经停用
    .text = 没有绑卡。请换一张卡，或者问问发卡的银行。
refusal-payments-card_bank_too_many = 对方银行要你等一等
    .text = 没有绑卡。这张卡试的次数太多，请一小时后再试。
refusal-payments-card_code_wrong = 验证码不对
    .text = 还可以试 { $left } 次。验证码在对方银行发来的短信里。
refusal-payments-card_check_over = 这次绑卡已失效
    .text = 没有绑卡。验证码试完了，或者超过了 10 分钟。请从卡号重新开始。
refusal-payments-card_check_not_found = 没有这次绑卡
    .text = 请从卡号重新开始，你的钱不受影响。
refusal-payments-card_not_found = 没有这张卡
    .text = 它可能已经解绑。你的钱不受影响。
refusal-payments-correction_elsewhere = 跨行的付款不能冲正
    .text = 没有动账。钱在别的银行，要由那家银行退回，或者由我们退汇。
refusal-payments-elsewhere_bank_unknown = 认不出这家银行
    .text = 没有扣款。请从列表里选银行；付到银行卡可以留空，我们按卡号认。
refusal-payments-elsewhere_account_invalid = 对方账号不对
    .text = 没有扣款。账号有 4 到 34 位数字或字母，请逐位核对。
refusal-payments-elsewhere_name_invalid = 收款人姓名不对
    .text = 没有扣款。请填对方在那家银行开户用的全名，最多 60 个字。
refusal-payments-real_time_exceeded = 超过马上到账的上限
    .text = 没有扣款。马上到账单笔最高 { $cap }。可以改小金额，或者走下一场结算。
refusal-payments-elsewhere_above_allowed = 超过对方银行允许的金额
    .text = 没有扣款，留出的钱已退回账户。请改小金额，或者分几次付。
refusal-payments-elsewhere_bank_limit = 银行之间的额度暂时用完了
    .text = 没有扣款，留出的钱已退回账户。请过一会儿再付，或者走下一场结算。
refusal-payments-elsewhere_blocked = 对方账户被冻结
    .text = 钱没有付出去，已退回账户。请联系收款人，换一个账户。
refusal-payments-elsewhere_closed = 对方账户已销户
    .text = 钱没有付出去，已退回账户。请联系收款人，换一个账户。
refusal-payments-elsewhere_no_account = 对方银行没有这个账号
    .text = 钱没有付出去，已退回账户。请和收款人逐位核对账号，再付一次。
refusal-payments-elsewhere_no_funds = 那张卡里的钱不够
    .text = 没有转进来。请先往卡里存钱，或者改小金额。
refusal-payments-elsewhere_no_mandate = 那家银行说这张卡没有绑定
    .text = 没有转进来。请把卡解绑，再绑一次。
refusal-payments-elsewhere_not_allowed = 对方账户不收这种款
    .text = 钱没有付出去，已退回账户。请联系收款人，换一个账户。
refusal-payments-elsewhere_not_received = 这笔没有送到银行网络
    .text = 没有扣款，留出的钱已退回账户。可以放心再付一次。
refusal-payments-elsewhere_refused = 对方银行没有收下
    .text = 钱没有付出去，已退回账户。请核对收款人，或者问问那家银行。
refusal-payments-elsewhere_too_late = 过了这一场的截止时间
    .text = 没有扣款，留出的钱已退回账户。请再付一次，会走下一场。
refusal-payments-elsewhere_wrong_name = 姓名和账号对不上
    .text = 钱没有付出去，已退回账户。请和收款人核对姓名和账号，再付一次。
refusal-accounts-debit_card_frozen_again = 这张卡后来又冻结过
    .text = 卡仍然冻结。请查明原因，再提交一次。

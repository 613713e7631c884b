
### 银行卡和其他银行。

retail-cards = 银行卡
    .text = 绑定你在其他银行的卡，随时转进转出
retail-cards-none = 还没有绑定银行卡。绑一张你在其他银行的卡，就能随时转进、转出。
retail-cards-note = 最多绑 5 张，只能是你本人的。收费 0.00。绑定的卡和你的Ⅱ类账户之间，不占Ⅱ类账户的限额。
retail-card-since = 绑定于
retail-card-bind = 绑定银行卡
    .text = 我们按卡号认出银行。姓名和身份证号用你认证过的，不用再填。
retail-card-step-number = 卡号
retail-card-step-mobile = 手机号
retail-card-step-code = 验证码
retail-card-number = 银行卡号
retail-card-number-hint = 卡面上的 12 到 19 位数字，可以带空格
retail-card-owner = 持卡人
retail-card-mobile = 留在那家银行的手机号
retail-card-mobile-hint = 那家银行会把验证码发到这个号码
retail-card-ask = 请银行发验证码
retail-card-asking = 正在联系银行…
retail-card-told = 我们会把卡号、你的姓名、身份证号和这个手机号告诉{ $bank }，由它核对是不是你本人的卡。
retail-card-code-sent = { $bank }已把验证码发到 { $to }。
retail-card-code = 银行发来的验证码
retail-card-code-hint = 10 分钟内有效，可以试 { $left } 次
retail-card-anew = 没收到，或者卡号填错了？重新开始
retail-card-done = 已绑定
retail-card-unbind = 解绑银行卡
    .text = 解绑以后，不能再从这张卡转进，转出要重新填账号。已经在路上的钱不受影响。想用时可以再绑。
retail-card-unbind-do = 解绑
retail-notice-card-bound = 绑定了一张银行卡
    .text = { $bank }，尾号 { $tail }。如果不是你，请马上解绑并修改密码。
retail-notice-card-unbound = 解绑了一张银行卡
    .text = { $bank }，尾号 { $tail }。

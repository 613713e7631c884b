### 页面外壳的文字。

web-brand = 通宝
web-brand-line = 把钱放在看得清的地方
web-home = 首页
web-my-bank = 进入我的银行
web-sign-in = 登录
web-skip = 跳到正文
web-nav = 主导航
web-back = 返回
web-demo-note = 演示银行，没有真钱，也没有真人。
web-design = 设计规范
web-docs = 接口文档
web-to-home = 返回首页
web-reference = 编号 { $code } · { $reference }

web-language = 语言
web-theme = 外观
web-theme-auto = 跟随系统
web-theme-light = 浅色
web-theme-dark = 深色
web-show-amounts = 显示金额
web-amounts = 金额
web-amounts-shown = 显示
web-amounts-hidden = 隐藏
web-hide-amounts = 隐藏金额

web-guide = 了解通宝
web-guide-foot = 更多
web-print = 字号
web-print-normal = 标准
web-print-large = 大字
web-read = 念给我听
web-read-stop = 不念了
web-offline = 现在没有网络
    .text = 没有提交任何东西，钱也没有动。连上网以后再试；刚付过的款，先到明细里看一眼。
    .again = 再试一次

web-yuan = 元
web-amount-hidden = 金额已隐藏
web-class = { $roman }类
web-tail = 尾号 { $tail }
web-form-summary = 有 { $n } 处要改

refusal-web-general = 这件事没办成
    .text = 没有扣款。请返回上一页看看，或者换一种办法。
refusal-web-sign_in_required = 请先登录
    .text = 登录以后就能接着办。
refusal-web-form_expired = 这张页面放得太久了
    .text = 没有扣款，什么也没有提交。请返回上一页，刷新以后再提交一次。
refusal-web-cross_origin = 这个请求来自别的网站
    .text = 什么也没有执行。请直接打开通宝来办。
refusal-web-forbidden = 这里你进不去
    .text = 什么也没有执行。如果应该能进，请重新登录再试。
refusal-web-not_found = 没有这个页面
    .text = 地址可能写错了，也可能这里的内容不属于你。
refusal-web-method_not_allowed = 这个地址不能这样用
    .text = 什么也没有执行。请从首页重新进入。
refusal-web-timeout = 等得太久了
    .text = 请求没有完整送到，什么也没有执行。请再试一次。
refusal-web-too_large = 提交的内容太大了
    .text = 什么也没有提交。请减少内容再试。
refusal-web-unsupported_type = 看不懂这种格式
    .text = 什么也没有执行。接口只接受 application/json。
refusal-web-too_many_requests = 来得太快了
    .text = 什么也没有执行。请稍等一会儿再试。
refusal-web-bad_request = 请求里有看不懂的地方
    .text = 什么也没有执行。请返回上一页再试一次。
refusal-web-busy = 现在人有点多
    .text = 这次没有办成，钱没有动。请过几秒再试。
refusal-web-fault = 是我们出了问题
    .text = 没有扣款。请稍后再试；要是还不行，把下面的编号告诉我们。
    .after-sending = 刚才的操作有没有完成，请先到明细里看一眼，再决定要不要重新提交。下面的编号能帮我们查到原因。

web-meter-left = 还剩
web-meter-of = 上限
web-staff = 员工端

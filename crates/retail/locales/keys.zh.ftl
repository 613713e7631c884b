
### 通行密钥、安全密钥、绑定设备、手势。

retail-notice-factor-added = 添加了一种确认方式
    .text =
        { $factor ->
            [passkey] 通行密钥“{ $label }”。不是你？请马上一键停用，再到网点来。
            [security_key] 安全密钥“{ $label }”。不是你？请马上一键停用，再到网点来。
           *[other] “{ $label }”。不是你？请马上一键停用，再到网点来。
        }
retail-notice-factor-removed = 移除了一种确认方式
    .text = “{ $label }”不能再用来确认。不是你？请换密码，再到网点来。
retail-notice-device-bound = 绑定了一台设备
    .text = 从它付款算手机付款。不是你？请解绑并换密码。
retail-notice-device-unbound = 解绑了一台设备
    .text = 从它付款又算网页付款。
retail-notice-gesture = 设置了手势
    .text = 它能打开你的一台绑定设备查看。不是你？请到安全页移除。

refusal-passport-keys_unavailable = 这里用不了通行密钥和安全密钥
    .text = 它们需要银行自己的域名和安全连接。请换一种方式。
refusal-passport-keys_too_many = 这类密钥已经满了
    .text = 每类最多 { $most } 个。请先移除不再用的。
refusal-passport-label_invalid = 这个名称不能用
    .text = 请起一个不超过 { $most } 个字的名称。
refusal-passport-question_expired = 这个页面已过期或已用过
    .text = 请重新打开再来一次。什么都没有改变。
refusal-passport-key_refused = 密钥的回答没有通过
    .text = 请再试一次。一直不行就换把密钥或浏览器；什么都没有改变。
refusal-passport-key_unrecognised = 设备没有核对是不是你
    .text = 请先在设备上设好锁屏、指纹或 PIN，再试一次。
refusal-passport-key_known = 这把密钥已经登记过
    .text = 请看看列表，或换一把。
refusal-passport-key_not_found = 没有这把密钥
    .text = 它可能已被移除。请再看看列表。
refusal-passport-passkey_refused = 这个通行密钥没能登录
    .text = 它可能已被移除，或不属于这里。请再试一次，或用密码登录。
refusal-passport-device_not_bound = 本机没有绑定
    .text = 请先到安全页绑定，或换一种方式。
refusal-passport-device_unknown = 只能在浏览器里进行
    .text = 请用要绑定的浏览器登录。
refusal-passport-device_unproven = 设备没能证明它的密钥
    .text = 密钥可能随浏览器数据一起清掉了。请登录后重新绑定；需要打开脚本。
refusal-passport-gesture_invalid = 这不是手势
    .text = 请连起不同的点，或输入 1 到 9 中不同的数字。
refusal-passport-gesture_short = 手势太短
    .text = 请至少连起 { $least } 个点。
refusal-passport-gesture_common = 很多人都画这个手势
    .text = 请换一个。
refusal-passport-gesture_differs = 两次手势不一样
    .text = 请把同一个手势画两次。
refusal-passport-gesture_none = 这个浏览器没有可用的手势
    .text = 请用密码或通行密钥登录。
refusal-passport-gesture_wrong = 手势不对
    .text = 还可以试 { $left } 次；密码随时可用。
refusal-passport-gesture_locked = 手势错得太多
    .text = 请用密码或通行密钥登录，之后手势又能用。
refusal-passport-looking_only = 你只是在查看
    .text = 手势只能打开查看。要做这件事，请用密码或通行密钥登录。
    .next = 登录

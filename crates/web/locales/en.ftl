### Texts of the shell around a page.

web-brand = Tongbao
web-brand-line = Keep your money where you can see it
web-home = Home
web-my-bank = My bank
web-sign-in = Sign in
web-skip = Skip to content
web-nav = Main
web-back = Back
web-demo-note = Demonstration bank. No real money, no real people.
web-design = Design system
web-docs = API reference
web-to-home = Back to home
web-reference = Reference { $code } · { $reference }

web-language = Language
web-theme = Appearance
web-theme-auto = As the device
web-theme-light = Light
web-theme-dark = Dark
web-show-amounts = Show amounts
web-amounts = Amounts
web-amounts-shown = Shown
web-amounts-hidden = Hidden
web-hide-amounts = Hide amounts

web-guide = About Tongbao
web-guide-foot = More
web-print = Text size
web-print-normal = Standard
web-print-large = Large
web-read = Read to me
web-read-stop = Stop reading
web-offline = There is no network
    .text = Nothing was sent and no money has moved from here. Try again once you are online; if you were just paying, look at your statement first.
    .again = Try again

web-yuan = yuan
web-amount-hidden = amount hidden
web-class = Class { $roman }
web-tail = ending { $tail }
web-form-summary =
    { $n ->
        [one] One thing to change
       *[other] { $n } things to change
    }

refusal-web-general = That did not work
    .text = No money has moved. Go back and check, or try another way.
refusal-web-sign_in_required = Please sign in first
    .text = Once you are signed in you can carry on.
refusal-web-form_expired = This page has been open too long
    .text = No money has moved and nothing was sent. Go back, reload the page and send it again.
refusal-web-cross_origin = This request came from another site
    .text = Nothing was done. Please open Tongbao directly.
refusal-web-forbidden = You cannot go in here
    .text = Nothing was done. If you should have access, sign in again and retry.
refusal-web-not_found = There is no such page
    .text = The address may be mistyped, or what is here does not belong to you.
refusal-web-method_not_allowed = This address does not work that way
    .text = Nothing was done. Please start again from the home page.
refusal-web-timeout = That took too long
    .text = The request did not arrive in full, so nothing was done. Please try again.
refusal-web-too_large = That is too much to send
    .text = Nothing was sent. Please shorten it and try again.
refusal-web-unsupported_type = We cannot read this format
    .text = Nothing was done. The API takes application/json.
refusal-web-too_many_requests = That was too fast
    .text = Nothing was done. Please wait a moment and try again.
refusal-web-bad_request = Something in the request makes no sense to us
    .text = Nothing was done. Please go back and try again.
refusal-web-busy = We are very busy right now
    .text = This was not done and no money has moved. Please try again in a few seconds.
refusal-web-fault = That was our fault
    .text = No money has moved. Try again shortly; if it still fails, tell us the reference below.
    .after-sending = We cannot say from here whether your last step went through. Look at your statement before you send it again; the reference below helps us find the cause.

web-meter-left = Left
web-meter-of = of
web-staff = Staff

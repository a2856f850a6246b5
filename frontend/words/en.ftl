# English: what the other languages translate, message by message. `src/lib.rs` says what of Fluent
# may be used here. $product is the name of this instance, and comes from the server.

## The language itself.

# Its name, in itself.
language-name = English
# Which way it is written: ltr or rtl.
direction = ltr
# Whose way of writing dates it has.
dates-of = en-GB
# What the switch of languages is called.
language = Language

## Headings; each is the name of its page or step in the title too.

sign-up = Create your account
sign-in = Sign in
enter-code = Enter your code
check-email = Check your email
enter-backup-code = Enter a backup code
reset-password = Reset your password
choose-password = Choose a new password
change-password = Change your password
manage-mfa = Multi-factor authentication
add-totp = Add an authenticator app
verify-totp = Verify your authenticator app
backup-codes = Backup codes
success = Success!
not-found = Page not found
must-sign-in = You must be logged in to access this page
activity = Account activity
unavailable = The service cannot be reached
help = Help

## The frame of every page.

skip-to-main = Skip to main content
sign-out = Sign out
signing-out = Signing out…
try-again = Try again
cancel = Cancel
working = One moment…
loading = Loading…
checking = Checking…
go-to-start = Go to the start page
not-found-text = There is no page at this address.
must-sign-in-text = Sign in, and you come straight back to it.

## Signing up and in.

email = Email address
password = Password
show = Show
hide = Hide
# Completes show and hide for those who do not see the field.
shown-thing = { " " }password
password-hint = At least 8 characters
email-missing = Enter your email address
password-missing = Enter your password
password-too-short = The password must have at least 8 characters
create-account = Create account
creating-account = Creating your account…
have-account = Already have an account?
no-account = New here?
create-an-account = Create an account
# The address follows.
code-sent-to = We sent a code of six digits to
email-code = Enter the code from the email
email-code-hint =
    The email can take a minute, and it may be in your spam folder. The code works for 10 minutes.
send-new-code = Send a new code
sending-code = Sending…
new-code-sent = We sent you a new code. The one before no longer works.
signed-out = You've been signed out
signed-out-text = You've been signed out. Sign in to go on.

## A forgotten password, and another one.

forgot-password = Forgot your password?
reset-password-text =
    Enter your email address. We will send you a code that lets you choose a new password.
send-code = Send code
check-email-text =
    If there is an account with this address, we have sent a code of six digits to it. The code
    works for 10 minutes. If nothing comes, look in your spam folder.
code-sent = If there is an account, a new code is on its way. The one before no longer works.
choose-password-text = It replaces the old one, and signs you out everywhere but here.
new-password = New password
current-password = Current password
# As shown-thing.
shown-new = { " " }new password
shown-current = { " " }current password
current-password-missing = Enter your current password
change-password-text = A new password signs you out everywhere but here.
change = Change password
password-is-changed = Your password was changed. You are signed out everywhere but here.
saving = Saving…

## The second factor.

code = Enter the code from your authenticator app
backup-code = Backup code
backup-code-hint = One of the ten codes that you saved. Each works once.
signing-in-as = Signing in as
continue = Continue
use-backup-code = Use a backup code
use-authenticator = Use your authenticator app
start-again = Start again
lost-both = Lost both?
lost-both-text =
    Without your authenticator app and your backup codes you cannot sign in by yourself. Ask the
    people who run this service to remove the authenticator app from your account; they will check
    first that it is you.

## Showing again who one is before something that matters.

step-up = Confirm that it's you
step-up-text = You have been signed in for a while, so we check before making this change.

## Managing multi-factor authentication.

manage-mfa-text =
    With an authenticator app, signing in takes your password and a code that only your device
    knows.
authenticator-app = Authenticator app
on = On
off = Off
since = Since
last-used = Last used
last-sign-in = Last sign-in
add-authenticator = Add authenticator app
remove-authenticator = Remove authenticator app
remove-question = Remove authenticator app?
remove-text = Your backup codes go too, and signing in asks only for your password.
remove = Remove
removing = Removing…
removed = Authenticator app removed.
few-codes-left = You are running out of backup codes. Generate new ones before you use the last.
no-codes-left =
    You have no backup codes left. Generate new ones, to be able to sign in without your phone.
generate-codes = Generate new backup codes
generate-question = Generate new backup codes?
generate-text = Your old codes will stop working.
generate = Generate
generating = Generating…
new-codes = Your new backup codes
new-codes-text = Save them now: they are not shown again. Each works once.
done = Done
codes-gone =
    Your backup codes are not shown a second time. If you did not save them, generate new ones.
dashboard = Dashboard

## Where the user is signed in, and what happened.

signed-in = Where you are signed in
this-browser = This browser
last-active = Last active
sign-out-others = Sign out all others
others-signed-out = You are signed out everywhere but here.
recent-activity = Recent activity
all-activity = All activity
activity-text =
    Everything that mattered to the safety of your account, the latest first. If something was not
    you, change your password, which signs out all others, and generate new backup codes.
no-activity = Nothing has happened yet.
show-older = Show older

## Adding an authenticator app.

step-add = Add
step-verify = Verify
step-success = Success
progress = Progress
scan = Scan the QR code with your authenticator app, or enter the setup key in it.
use-uri = Use URI instead
use-qr = Use QR code instead
setup-key = Setup key
copy-setup-key = Copy setup key
open-in-app = Open in an authenticator app on this device
details = Details
issuer = Issuer
account = Account
algorithm = Algorithm
digits = Digits
period = Period
reset = Reset
new-key = New setup key made. The old one no longer works.
making-key = Making a setup key…
once-set-up = Once you have set up your authenticator app, verify your code
verify = Verify
verify-text = Your authenticator app now shows a code of six digits, and a new one every 30 seconds.
verify-code = Verify code
back = Back
already-added = You have already added an authenticator app.
already-added-text = To set up another one, remove it first.
manage-mfa-link = Manage multi-factor authentication
save-codes =
    Save this list of backup codes somewhere safe in case you need to access your account in an
    emergency
codes-once = Each code works once. They are not shown again.
saved-codes = I have saved these codes
save-codes-first = Tick the box when you have saved your codes
finish = Finish
leave-question = Leave without saving your codes?
leave-text = They are not shown again. You can generate new ones later.
leave = Leave
stay = Stay
success-text = You have successfully added multi-factor authentication with an authenticator app.
success-changes =
    From now on, signing in asks for a code from your app. If you were signed in anywhere else, you
    have been signed out there.

## Help.

forgot-password-text =
    Select “Forgot your password?” where you sign in. We send a code to your email address, and with
    it you choose a new password. If you have an authenticator app, its code is asked for all the
    same. Where you find no such button, ask the people who run this service.
lost-phone = You do not have your phone
lost-phone-text =
    Sign in with one of your backup codes: select “Use a backup code” where you are asked for the
    code. If the phone is lost, remove the authenticator app from your account then, and add the one
    on your new phone. The app on the lost phone opens nothing any more.
lost-phone-and-codes = You have neither your phone nor your backup codes
codes-refused = Your codes are not accepted
codes-refused-text =
    Your app makes its codes from the time, so a clock that is wrong by a minute makes wrong codes.
    Let your device set its time automatically. Each code works once: after one was accepted, wait
    for the next. And look at the name above the code in your app: it may be the code of another
    account.
what-backup-codes-are = What backup codes are
what-backup-codes-are-text =
    Ten codes that sign you in when you do not have your authenticator app. Each works once. Keep
    them apart from your phone, on paper or in a password manager. When few are left, generate new
    ones; the old ones stop working then.

## Codes and keys to take along.

copied = Copied
copy-failed = Your browser did not allow copying. It is selected now: copy it yourself.
download-codes = Download codes
copy-codes = Copy codes
print-codes = Print codes

## The name of a page or step in the browser's tab.

title = { $heading } – { $product }
# The same for a view whose form has an error.
error-title = Error: { $heading } – { $product }

## Pieces with something in them.

# Where in a procedure this step stands.
step-of = Step { NUMBER($step) } of { NUMBER($steps) }
# The QR code for those who do not see it.
qr-name = QR code for setting up { $product } in an authenticator app
# How many backup codes are unused.
codes-left = { NUMBER($left) } of { NUMBER($all) } codes left
# Whose backup codes these are and from when, for the printed page.
codes-caption = { $product } backup codes for { $account }, { $date }
# The file of backup codes, line by line.
file-heading = { $product } backup codes
file-account = Account: { $account }
file-date = Date: { $date }
file-hint = Each code works once. Keep them where only you can find them.
seconds =
    { $seconds ->
        [one] { $seconds } second
       *[other] { $seconds } seconds
    }

## What happened to an account, and where.

signed-up = Account created
signed-in-with-password = Signed in with your password
signed-in-with-app = Signed in with a code from your authenticator app
signed-in-with-backup-code = Signed in with a backup code
password-refused = Password refused
app-code-refused = Authenticator code refused
backup-code-refused = Backup code refused
account-locked = Account locked after too many wrong tries
account-unlocked = Account unlocked
confirmed-with-password = Confirmed with your password
confirmed-with-app = Confirmed with a code from your authenticator app
confirmed-with-backup-code = Confirmed with a backup code
totp-created = Setup key for an authenticator app made
totp-verified = Authenticator app added
totp-removed = Authenticator app removed
backup-codes-created = New backup codes generated
session-ended = Signed out
settings-changed = Settings for everyone changed
keys-rotated = Encryption keys changed
account-banned = Account barred by whoever runs the service
account-unbanned = Account no longer barred
backup-codes-removed = Backup codes removed
app-code-accepted = Authenticator code accepted by a service
backup-code-accepted = Backup code accepted by a service
password-accepted = Password accepted by a service
password-changed = Password changed
password-reset = New password set with a code sent by mail
mailed-code-refused = Code sent by mail refused
# A server that is newer than this app knows of more than it.
something-happened = Something else happened
browser-on = { $browser } on { $system }
unknown-browser = Unknown browser
# A session was signed out.
signed-out-of = Signed out: { $browser }.

## What went wrong.

# Nothing came back.
unreachable = We could not reach the server. Check your internet connection and try again.
# Something came back that is no reply of ours.
unknown-error = Something went wrong on our side. Try again in a moment.
code-missing = Enter the 6-digit code from your authenticator app
code-malformed = The code must be 6 digits
email-code-missing = Enter the 6-digit code from the email
email-code-wrong = That code is not correct. Take the one from the latest email, and try again.
email-code-expired = This code has expired. Select “Send a new code”.
email-code-failed = There were too many wrong codes. Select “Send a new code”.
no-more-codes = No more codes can be sent here. Select “Start again”.
backup-code-missing = Enter one of your backup codes
backup-code-malformed = A backup code has 10 letters and digits, like abcde-fgh23
email-malformed = Enter an email address in the correct format, like name@example.com
something-missing = Something is missing. Check what you entered and try again.
something-malformed = Something is not in the right format. Check what you entered and try again.
code-wrong = That code is not correct. Check your authenticator app and try again.
code-used = That code has already been used. Wait for the next one.
backup-code-wrong =
    That backup code is not correct. Check it, or use another one. Each works once.
backup-code-used = That backup code has already been used. Use another one.
# The server's time beside the wrong codes, since a wrong clock is what mostly makes them wrong.
clock-hint =
    Authenticator codes depend on the time. Our time is { $time } UTC; check that your device's
    clock is automatic.
codes-need-app = Backup codes need an authenticator app. Add one first.
switched-off = This is switched off here. Ask your administrator.
required-needs-app =
    Multi-factor authentication can be required only while authenticator applications are switched on.
removal-forbidden =
    Multi-factor authentication is required here, so your authenticator app cannot be removed.
few-tries-left = Few tries are left before the account is locked. Take your time.
tries-left =
    { $left ->
        [0] No tries are left: the account is locked for a while.
        [one] { $left } try left before the account is locked.
       *[other] { $left } tries left before the account is locked.
    }
banned = This account has been barred. Ask whoever runs the service about it.
last-administrator = This is the only administrator left, and somebody has to be one.
not-oneself = This is your own account. Change it on its own pages.
locked = Too many wrong tries. Try again later.
locked-minutes =
    { $minutes ->
        [one] Too many wrong tries. Try again in { $minutes } minute.
       *[other] Too many wrong tries. Try again in { $minutes } minutes.
    }
codes-locked-minutes =
    { $minutes ->
        [one] Too many wrong codes. Try again in { $minutes } minute.
       *[other] Too many wrong codes. Try again in { $minutes } minutes.
    }
app-codes-locked-minutes =
    { $minutes ->
        [one] Too many wrong codes. Try again in { $minutes } minute, or use a backup code.
       *[other] Too many wrong codes. Try again in { $minutes } minutes, or use a backup code.
    }
too-fast = That was too fast. Wait a moment, then try again.
too-fast-seconds =
    { $seconds ->
        [one] That was too fast. Wait { $seconds } second, then try again.
       *[other] That was too fast. Wait { $seconds } seconds, then try again.
    }
too-fast-minutes =
    { $minutes ->
        [one] That was too fast. Wait { $minutes } minute, then try again.
       *[other] That was too fast. Wait { $minutes } minutes, then try again.
    }
session-pending = Add an authenticator app first. Until then nothing else can be done here.
confirmed-too-long-ago = It has been too long since you confirmed that it is you. Try again.
step-up-over =
    This has taken too long, or something changed in between. Select Cancel and start again.
credentials-wrong = The email address or the password is not correct
already-signed-in = You are already signed in. Reload the page to go on.
email-taken = There is already an account with this email address. Sign in instead.
password-too-long = The password must have 128 characters or fewer
password-pwned = This password is one of the first that others would try. Choose another one.
password-weak = This password is too easy to guess. Make it longer or less usual.
password-wrong = The password is not correct
origin-invalid =
    This page's address is not the one that the service is set up for. Open the service at its own
    address and try again.
too-large = That is too long. Shorten it and try again.
app-outdated = This page does not fit the server any more. Reload the page and try again.
service-unavailable = The service is not available right now. Try again in a moment.
sign-in-over = This sign-in has taken too long. Start again.
sign-up-over = This has taken too long. Select “Start again”.
setup-key-over = This setup key has expired. Select Reset to get a new one.
not-there = This is not there any more. Reload the page and try again.

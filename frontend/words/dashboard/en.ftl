# What the dashboard alone says, where administrators decide for everyone and help. It is no part of
# the app that everybody else loads.

## Headings; each is the name of its page in the title too.

multi-factor = Multi-factor
users = Users

## What is switched on and off for everyone.

multi-factor-text = What everybody here can use, or has to. It is in force as soon as you save it.
administrators-need-factor =
    Administrators need a second factor of their own here. Add an authenticator app, then come back.
authenticator-application = Authenticator application
authenticator-application-hint =
    Everybody can add an authenticator app. Switched off, the ones that were added go on working.
backup-codes-hint =
    Whoever has an authenticator app can make backup codes. Switched off, the ones that were made go
    on working.
require-mfa = Require multi-factor authentication
require-mfa-hint = Whoever has no authenticator app has to add one before anything else.
save = Save
saved = Saved. It is in force for everybody.
nothing-changed = Everything is as it was: there is nothing to save.

## Helping others.

users-text = Look up who needs help. Make sure first that it is really them who ask.
search-accounts = Search
search-accounts-hint = A part of an id, an address or a name. Everybody, where you leave it empty.
search = Search
searching = Searching…
accounts = Accounts
# How many of the accounts that were found are shown.
accounts-shown = { NUMBER($shown) } of { NUMBER($all) }
no-accounts = No account has that in its id, its address or its name.
show-more = Show more
administrator = Administrator
locked-state = Locked
barred-state = Barred
person-name = Name
id = Id
signed-in-browsers =
    { $browsers ->
        [0] Nowhere
        [one] In { $browsers } browser
       *[other] In { $browsers } browsers
    }
signed-in-fact = Signed in
reset-mfa = Reset multi-factor
reset-question = Reset multi-factor authentication?
reset-text =
    Their authenticator app and backup codes are removed, and they are signed out everywhere. The
    password alone signs them in then, so make sure that it is really them who ask.
reset-confirm = Reset
resetting = Resetting…
was-reset = { $address } has no second factor any more, and is signed out everywhere.
unlock = Unlock
unlock-question = Unlock this account?
unlock-text = The wrong tries are forgotten, in every browser, and signing in is possible at once.
unlocking = Unlocking…
was-unlocked = { $address } can sign in again.

# Was nur die Verwaltung sagt.

## Überschriften; jede ist auch der Name ihrer Seite im Titel.

multi-factor = Multi-Faktor
users = Benutzer

## Was für alle ein- und ausgeschaltet ist.

multi-factor-text =
    Was hier alle verwenden können oder müssen. Es gilt, sobald Sie es speichern.
administrators-need-factor =
    Administratoren brauchen hier selbst einen zweiten Faktor. Fügen Sie eine Authenticator-App
    hinzu, und kommen Sie dann zurück.
authenticator-application = Authenticator-App
authenticator-application-hint =
    Alle können eine Authenticator-App hinzufügen. Ausgeschaltet gelten die bereits hinzugefügten
    weiter.
backup-codes-hint =
    Wer eine Authenticator-App hat, kann Backup-Codes erzeugen. Ausgeschaltet gelten die bereits
    erzeugten weiter.
require-mfa = Multi-Faktor-Authentifizierung verlangen
require-mfa-hint = Wer keine Authenticator-App hat, muss vor allem anderen eine hinzufügen.
save = Speichern
saved = Gespeichert. Es gilt für alle.
nothing-changed = Alles ist wie zuvor: Es gibt nichts zu speichern.

## Anderen helfen.

users-text =
    Suchen Sie, wer Hilfe braucht. Prüfen Sie zuerst, ob die Bitte wirklich von dieser Person kommt.
search-accounts = Suche
search-accounts-hint =
    Ein Teil einer ID, einer Adresse oder eines Namens. Alle, wenn Sie nichts eingeben.
search = Suchen
searching = Wird gesucht …
accounts = Konten
accounts-shown = { $shown } von { $all }
no-accounts = Kein Konto hat das in seiner ID, seiner Adresse oder seinem Namen.
show-more = Mehr anzeigen
administrator = Administrator
locked-state = Gesperrt
barred-state = Ausgeschlossen
person-name = Name
id = ID
signed-in-browsers =
    { $browsers ->
        [0] Nirgends
        [one] In { $browsers } Browser
       *[other] In { $browsers } Browsern
    }
signed-in-fact = Angemeldet
reset-mfa = Multi-Faktor zurücksetzen
reset-question = Multi-Faktor-Authentifizierung zurücksetzen?
reset-text =
    Authenticator-App und Backup-Codes der Person werden entfernt, und sie wird überall abgemeldet.
    Danach meldet sie sich mit dem Passwort allein an. Prüfen Sie deshalb, ob die Bitte wirklich von
    ihr kommt.
reset-confirm = Zurücksetzen
resetting = Wird zurückgesetzt …
was-reset = { $address } hat keinen zweiten Faktor mehr und ist überall abgemeldet.
unlock = Entsperren
unlock-question = Dieses Konto entsperren?
unlock-text =
    Die falschen Versuche werden vergessen, in jedem Browser, und die Anmeldung ist sofort wieder
    möglich.
unlocking = Wird entsperrt …
was-unlocked = { $address } kann sich wieder anmelden.

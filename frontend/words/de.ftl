# Deutsch: kurz, höflich („Sie“), ohne Fachwörter, wo es ein gewöhnliches Wort gibt.

## Die Sprache selbst.

language-name = Deutsch
direction = ltr
dates-of = de-DE
language = Sprache

## Überschriften; jede ist auch der Name ihrer Seite oder ihres Schritts im Titel.

sign-up = Konto erstellen
sign-in = Anmelden
enter-code = Code eingeben
check-email = Rufen Sie Ihre E-Mails ab
enter-backup-code = Backup-Code eingeben
reset-password = Passwort zurücksetzen
choose-password = Neues Passwort wählen
change-password = Passwort ändern
manage-mfa = Multi-Faktor-Authentifizierung
add-totp = Authenticator-App hinzufügen
verify-totp = Authenticator-App bestätigen
backup-codes = Backup-Codes
success = Geschafft!
not-found = Seite nicht gefunden
must-sign-in = Sie müssen angemeldet sein, um diese Seite zu sehen
activity = Kontoaktivität
unavailable = Der Dienst ist nicht erreichbar
help = Hilfe

## Der Rahmen jeder Seite.

skip-to-main = Zum Hauptinhalt springen
sign-out = Abmelden
signing-out = Abmeldung läuft …
try-again = Erneut versuchen
cancel = Abbrechen
working = Einen Moment …
loading = Wird geladen …
checking = Wird geprüft …
go-to-start = Zur Startseite
not-found-text = Unter dieser Adresse gibt es keine Seite.
must-sign-in-text = Melden Sie sich an, dann kommen Sie direkt hierher zurück.

## Konto erstellen und anmelden.

email = E-Mail-Adresse
password = Passwort
show = Anzeigen
hide = Verbergen
shown-thing = : Passwort
password-hint = Mindestens 8 Zeichen
email-missing = Geben Sie Ihre E-Mail-Adresse ein
password-missing = Geben Sie Ihr Passwort ein
password-too-short = Das Passwort muss mindestens 8 Zeichen haben
create-account = Konto erstellen
creating-account = Ihr Konto wird erstellt …
have-account = Sie haben schon ein Konto?
no-account = Neu hier?
create-an-account = Konto erstellen
code-sent-to = Wir haben einen Code aus sechs Ziffern gesendet an
email-code = Code aus der E-Mail
email-code-hint =
    Die E-Mail kann eine Minute brauchen und im Spam-Ordner liegen. Der Code gilt 10 Minuten.
send-new-code = Neuen Code senden
sending-code = Wird gesendet …
new-code-sent = Wir haben Ihnen einen neuen Code gesendet. Der vorige gilt nicht mehr.
signed-out = Sie wurden abgemeldet
signed-out-text = Sie wurden abgemeldet. Melden Sie sich an, um fortzufahren.

## Ein vergessenes Passwort, und ein anderes.

forgot-password = Passwort vergessen?
reset-password-text =
    Geben Sie Ihre E-Mail-Adresse ein. Wir senden Ihnen einen Code, mit dem Sie ein neues Passwort
    wählen.
send-code = Code senden
check-email-text =
    Wenn es zu dieser Adresse ein Konto gibt, haben wir einen sechsstelligen Code dorthin gesendet.
    Er gilt 10 Minuten lang. Wenn nichts ankommt, sehen Sie im Spam-Ordner nach.
code-sent =
    Wenn es ein Konto gibt, ist ein neuer Code unterwegs. Der vorige gilt nicht mehr.
choose-password-text =
    Es ersetzt das alte, und Sie werden überall außer hier abgemeldet.
new-password = Neues Passwort
current-password = Aktuelles Passwort
shown-new = : neues Passwort
shown-current = : aktuelles Passwort
current-password-missing = Geben Sie Ihr aktuelles Passwort ein
change-password-text = Mit einem neuen Passwort werden Sie überall außer hier abgemeldet.
change = Passwort ändern
password-is-changed = Ihr Passwort wurde geändert. Sie sind überall außer hier abgemeldet.
saving = Wird gespeichert …

## Der zweite Faktor.

code = Code aus Ihrer Authenticator-App
backup-code = Backup-Code
backup-code-hint = Einer der zehn Codes, die Sie gespeichert haben. Jeder gilt einmal.
signing-in-as = Anmeldung als
continue = Weiter
use-backup-code = Backup-Code verwenden
use-authenticator = Authenticator-App verwenden
start-again = Von vorn beginnen
lost-both = Beides verloren?
lost-both-text =
    Ohne Ihre Authenticator-App und Ihre Backup-Codes können Sie sich nicht selbst anmelden. Bitten
    Sie die Betreiber dieses Dienstes, die Authenticator-App aus Ihrem Konto zu entfernen; sie
    prüfen zuerst, ob Sie es wirklich sind.

## Noch einmal zeigen, wer man ist, bevor etwas Wichtiges geschieht.

step-up = Bestätigen Sie, dass Sie es sind
step-up-text =
    Sie sind schon eine Weile angemeldet. Deshalb fragen wir vor dieser Änderung noch einmal nach.

## Multi-Faktor-Authentifizierung verwalten.

manage-mfa-text =
    Mit einer Authenticator-App brauchen Sie zum Anmelden Ihr Passwort und einen Code, den nur Ihr
    Gerät kennt.
authenticator-app = Authenticator-App
on = Ein
off = Aus
since = Seit
last-used = Zuletzt verwendet
last-sign-in = Letzte Anmeldung
add-authenticator = Authenticator-App hinzufügen
remove-authenticator = Authenticator-App entfernen
remove-question = Authenticator-App entfernen?
remove-text =
    Ihre Backup-Codes werden auch entfernt, und beim Anmelden wird nur noch nach Ihrem Passwort
    gefragt.
remove = Entfernen
removing = Wird entfernt …
removed = Die Authenticator-App wurde entfernt.
few-codes-left =
    Ihre Backup-Codes gehen zur Neige. Erzeugen Sie neue, bevor Sie den letzten verwenden.
no-codes-left =
    Sie haben keine Backup-Codes mehr. Erzeugen Sie neue, damit Sie sich auch ohne Ihr Telefon
    anmelden können.
generate-codes = Neue Backup-Codes erzeugen
generate-question = Neue Backup-Codes erzeugen?
generate-text = Ihre alten Codes gelten dann nicht mehr.
generate = Erzeugen
generating = Werden erzeugt …
new-codes = Ihre neuen Backup-Codes
new-codes-text =
    Speichern Sie sie jetzt: Sie werden nicht noch einmal angezeigt. Jeder gilt einmal.
done = Fertig
codes-gone =
    Ihre Backup-Codes werden kein zweites Mal angezeigt. Wenn Sie sie nicht gespeichert haben,
    erzeugen Sie neue.
dashboard = Verwaltung

## Wo man angemeldet ist, und was geschehen ist.

signed-in = Wo Sie angemeldet sind
this-browser = Dieser Browser
last-active = Zuletzt aktiv
sign-out-others = Überall sonst abmelden
others-signed-out = Sie sind überall außer hier abgemeldet.
recent-activity = Letzte Aktivität
all-activity = Gesamte Aktivität
activity-text =
    Alles, was für die Sicherheit Ihres Kontos von Bedeutung war, das Neueste zuerst. Wenn etwas
    davon nicht von Ihnen kam, ändern Sie Ihr Passwort, was Sie überall sonst abmeldet, und erzeugen
    Sie neue Backup-Codes.
no-activity = Bisher ist nichts geschehen.
show-older = Ältere anzeigen

## Eine Authenticator-App hinzufügen.

# The soft hyphens (U+00AD) are for the narrowest screens.
step-add = Hinzu­fügen
step-verify = Bestä­tigen
step-success = Fertig
progress = Fortschritt
scan =
    Scannen Sie den QR-Code mit Ihrer Authenticator-App, oder geben Sie dort den Einrichtungsschlüssel
    ein.
use-uri = Stattdessen als URI
use-qr = Stattdessen als QR-Code
setup-key = Einrichtungsschlüssel
copy-setup-key = Einrichtungsschlüssel kopieren
open-in-app = In einer Authenticator-App auf diesem Gerät öffnen
details = Einzelheiten
issuer = Aussteller
account = Konto
algorithm = Algorithmus
digits = Ziffern
period = Gültigkeit
reset = Zurücksetzen
new-key = Es gibt einen neuen Einrichtungsschlüssel. Der alte gilt nicht mehr.
making-key = Schlüssel wird erzeugt …
once-set-up = Wenn Ihre Authenticator-App eingerichtet ist, bestätigen Sie den Code
verify = Bestätigen
verify-text =
    Ihre Authenticator-App zeigt nun einen Code aus sechs Ziffern an, und alle 30 Sekunden einen
    neuen.
verify-code = Code bestätigen
back = Zurück
already-added = Sie haben bereits eine Authenticator-App hinzugefügt.
already-added-text = Um eine andere einzurichten, entfernen Sie sie zuerst.
manage-mfa-link = Multi-Faktor-Authentifizierung verwalten
save-codes =
    Bewahren Sie diese Liste von Backup-Codes an einem sicheren Ort auf, für den Fall, dass Sie im
    Notfall auf Ihr Konto zugreifen müssen
codes-once = Jeder Code gilt einmal. Sie werden nicht noch einmal angezeigt.
saved-codes = Ich habe diese Codes gespeichert
save-codes-first = Setzen Sie das Häkchen, wenn Sie Ihre Codes gespeichert haben
finish = Abschließen
leave-question = Verlassen, ohne die Codes zu speichern?
leave-text = Sie werden nicht noch einmal angezeigt. Sie können später neue erzeugen.
leave = Verlassen
stay = Hier bleiben
success-text =
    Sie haben die Multi-Faktor-Authentifizierung mit einer Authenticator-App erfolgreich
    eingerichtet.
success-changes =
    Von nun an wird beim Anmelden nach einem Code aus Ihrer App gefragt. Falls Sie anderswo
    angemeldet waren, wurden Sie dort abgemeldet.

## Hilfe.

forgot-password-text =
    Wählen Sie „Passwort vergessen?“, wo Sie sich anmelden. Wir senden einen Code an Ihre
    E-Mail-Adresse, und mit ihm wählen Sie ein neues Passwort. Wenn Sie eine Authenticator-App haben,
    wird trotzdem nach deren Code gefragt. Wo es diese Schaltfläche nicht gibt, wenden Sie sich an
    die Betreiber dieses Dienstes.
lost-phone = Sie haben Ihr Telefon nicht bei sich
lost-phone-text =
    Melden Sie sich mit einem Ihrer Backup-Codes an: Wählen Sie „Backup-Code verwenden“, wenn Sie
    nach dem Code gefragt werden. Ist das Telefon verloren, entfernen Sie dann die Authenticator-App
    aus Ihrem Konto, und fügen Sie die auf Ihrem neuen Telefon hinzu. Die App auf dem verlorenen
    Telefon öffnet danach nichts mehr.
lost-phone-and-codes = Sie haben weder Ihr Telefon noch Ihre Backup-Codes
codes-refused = Ihre Codes werden nicht angenommen
codes-refused-text =
    Ihre App berechnet die Codes aus der Uhrzeit. Geht die Uhr um eine Minute falsch, sind auch die
    Codes falsch. Lassen Sie Ihr Gerät die Zeit automatisch stellen. Jeder Code gilt einmal: Wenn
    einer angenommen wurde, warten Sie auf den nächsten. Und sehen Sie auf den Namen über dem Code
    in Ihrer App: Vielleicht gehört er zu einem anderen Konto.
what-backup-codes-are = Was Backup-Codes sind
what-backup-codes-are-text =
    Zehn Codes, mit denen Sie sich anmelden, wenn Sie Ihre Authenticator-App nicht haben. Jeder gilt
    einmal. Bewahren Sie sie getrennt von Ihrem Telefon auf, auf Papier oder in einem
    Passwortmanager. Wenn nur noch wenige übrig sind, erzeugen Sie neue; die alten gelten dann nicht
    mehr.

## Codes und Schlüssel zum Mitnehmen.

copied = Kopiert
copy-failed =
    Ihr Browser hat das Kopieren nicht erlaubt. Der Text ist jetzt markiert: Kopieren Sie ihn
    selbst.
download-codes = Codes herunterladen
copy-codes = Codes kopieren
print-codes = Codes drucken

## Der Name einer Seite oder eines Schritts im Tab des Browsers.

title = { $heading } – { $product }
error-title = Fehler: { $heading } – { $product }

## Stücke, in denen etwas steht.

step-of = Schritt { $step } von { $steps }
qr-name = QR-Code zum Einrichten von { $product } in einer Authenticator-App
codes-left = Noch { $left } von { $all } Codes übrig
codes-caption = Backup-Codes von { $product } für { $account }, { $date }
file-heading = Backup-Codes von { $product }
file-account = Konto: { $account }
file-date = Datum: { $date }
file-hint = Jeder Code gilt einmal. Bewahren Sie sie dort auf, wo nur Sie sie finden.
seconds =
    { $seconds ->
        [one] { $seconds } Sekunde
       *[other] { $seconds } Sekunden
    }

## Was mit einem Konto geschehen ist, und wo.

signed-up = Konto erstellt
signed-in-with-password = Mit Ihrem Passwort angemeldet
signed-in-with-app = Mit einem Code aus Ihrer Authenticator-App angemeldet
signed-in-with-backup-code = Mit einem Backup-Code angemeldet
password-refused = Passwort abgelehnt
app-code-refused = Code der Authenticator-App abgelehnt
backup-code-refused = Backup-Code abgelehnt
account-locked = Konto nach zu vielen falschen Versuchen gesperrt
account-unlocked = Konto entsperrt
confirmed-with-password = Mit Ihrem Passwort bestätigt
confirmed-with-app = Mit einem Code aus Ihrer Authenticator-App bestätigt
confirmed-with-backup-code = Mit einem Backup-Code bestätigt
totp-created = Einrichtungsschlüssel für eine Authenticator-App erzeugt
totp-verified = Authenticator-App hinzugefügt
totp-removed = Authenticator-App entfernt
backup-codes-created = Neue Backup-Codes erzeugt
session-ended = Abgemeldet
settings-changed = Einstellungen für alle geändert
keys-rotated = Schlüssel für die Verschlüsselung gewechselt
account-banned = Konto vom Betreiber gesperrt
account-unbanned = Sperre des Betreibers aufgehoben
backup-codes-removed = Backup-Codes entfernt
app-code-accepted = Code der Authenticator-App von einem Dienst angenommen
backup-code-accepted = Backup-Code von einem Dienst angenommen
password-accepted = Passwort von einem Dienst angenommen
password-changed = Passwort geändert
password-reset = Neues Passwort mit einem Code aus einer E-Mail gesetzt
mailed-code-refused = Code aus einer E-Mail abgelehnt
something-happened = Etwas anderes ist geschehen
browser-on = { $browser } unter { $system }
unknown-browser = Unbekannter Browser
signed-out-of = Abgemeldet: { $browser }.

## Was schiefging.

unreachable =
    Wir konnten den Server nicht erreichen. Prüfen Sie Ihre Internetverbindung, und versuchen Sie es
    noch einmal.
unknown-error =
    Bei uns ist etwas schiefgegangen. Versuchen Sie es in einem Moment noch einmal.
code-missing = Geben Sie den sechsstelligen Code aus Ihrer Authenticator-App ein
code-malformed = Der Code muss aus 6 Ziffern bestehen
email-code-missing = Geben Sie den sechsstelligen Code aus der E-Mail ein
email-code-wrong =
    Dieser Code ist nicht richtig. Nehmen Sie den aus der letzten E-Mail, und versuchen Sie es noch
    einmal.
email-code-expired = Dieser Code ist abgelaufen. Wählen Sie „Neuen Code senden“.
email-code-failed = Das waren zu viele falsche Codes. Wählen Sie „Neuen Code senden“.
no-more-codes = Hier können keine Codes mehr gesendet werden. Wählen Sie „Von vorn beginnen“.
backup-code-missing = Geben Sie einen Ihrer Backup-Codes ein
backup-code-malformed = Ein Backup-Code hat 10 Buchstaben und Ziffern, wie abcde-fgh23
email-malformed = Geben Sie eine E-Mail-Adresse im richtigen Format ein, wie name@example.com
something-missing =
    Etwas fehlt. Prüfen Sie Ihre Eingabe, und versuchen Sie es noch einmal.
something-malformed =
    Etwas hat nicht das richtige Format. Prüfen Sie Ihre Eingabe, und versuchen Sie es noch einmal.
code-wrong =
    Dieser Code ist nicht richtig. Sehen Sie in Ihrer Authenticator-App nach, und versuchen Sie es
    noch einmal.
code-used = Dieser Code wurde bereits verwendet. Warten Sie auf den nächsten.
backup-code-wrong =
    Dieser Backup-Code ist nicht richtig. Prüfen Sie ihn, oder verwenden Sie einen anderen. Jeder
    gilt einmal.
backup-code-used = Dieser Backup-Code wurde bereits verwendet. Verwenden Sie einen anderen.
clock-hint =
    Die Codes der Authenticator-App hängen von der Uhrzeit ab. Unsere Zeit ist { $time } UTC; prüfen
    Sie, ob die Uhr Ihres Geräts automatisch gestellt wird.
codes-need-app = Backup-Codes gibt es nur mit einer Authenticator-App. Fügen Sie zuerst eine hinzu.
switched-off = Das ist hier ausgeschaltet. Wenden Sie sich an Ihre Administratoren.
required-needs-app =
    Multi-Faktor-Authentifizierung kann nur verlangt werden, solange Authenticator-Apps eingeschaltet
    sind.
removal-forbidden =
    Multi-Faktor-Authentifizierung ist hier Pflicht. Deshalb kann Ihre Authenticator-App nicht
    entfernt werden.
few-tries-left =
    Es bleiben nur wenige Versuche, bevor das Konto gesperrt wird. Lassen Sie sich Zeit.
tries-left =
    { $left ->
        [0] Es bleibt kein Versuch mehr: Das Konto ist für eine Weile gesperrt.
        [one] Es bleibt { $left } Versuch, bevor das Konto gesperrt wird.
       *[other] Es bleiben { $left } Versuche, bevor das Konto gesperrt wird.
    }
banned = Dieses Konto wurde vom Betreiber gesperrt. Wenden Sie sich an ihn.
last-administrator = Dies ist der letzte Administrator, und einer muss bleiben.
not-oneself = Das ist Ihr eigenes Konto. Ändern Sie es auf dessen Seiten.
locked = Zu viele falsche Versuche. Versuchen Sie es später noch einmal.
locked-minutes =
    { $minutes ->
        [one] Zu viele falsche Versuche. Versuchen Sie es in { $minutes } Minute noch einmal.
       *[other] Zu viele falsche Versuche. Versuchen Sie es in { $minutes } Minuten noch einmal.
    }
codes-locked-minutes =
    { $minutes ->
        [one] Zu viele falsche Codes. Versuchen Sie es in { $minutes } Minute noch einmal.
       *[other] Zu viele falsche Codes. Versuchen Sie es in { $minutes } Minuten noch einmal.
    }
app-codes-locked-minutes =
    { $minutes ->
        [one]
            Zu viele falsche Codes. Versuchen Sie es in { $minutes } Minute noch einmal, oder
            verwenden Sie einen Backup-Code.
       *[other]
            Zu viele falsche Codes. Versuchen Sie es in { $minutes } Minuten noch einmal, oder
            verwenden Sie einen Backup-Code.
    }
too-fast =
    Das ging zu schnell. Warten Sie einen Moment, und versuchen Sie es dann noch einmal.
too-fast-seconds =
    { $seconds ->
        [one]
            Das ging zu schnell. Warten Sie { $seconds } Sekunde, und versuchen Sie es dann noch
            einmal.
       *[other]
            Das ging zu schnell. Warten Sie { $seconds } Sekunden, und versuchen Sie es dann noch
            einmal.
    }
too-fast-minutes =
    { $minutes ->
        [one]
            Das ging zu schnell. Warten Sie { $minutes } Minute, und versuchen Sie es dann noch
            einmal.
       *[other]
            Das ging zu schnell. Warten Sie { $minutes } Minuten, und versuchen Sie es dann noch
            einmal.
    }
session-pending =
    Fügen Sie zuerst eine Authenticator-App hinzu. Bis dahin ist hier nichts anderes möglich.
confirmed-too-long-ago =
    Es ist zu lange her, dass Sie bestätigt haben, dass Sie es sind. Versuchen Sie es noch einmal.
step-up-over =
    Das hat zu lange gedauert, oder inzwischen hat sich etwas geändert. Wählen Sie „Abbrechen“, und
    beginnen Sie von vorn.
credentials-wrong = Die E-Mail-Adresse oder das Passwort ist nicht richtig
already-signed-in = Sie sind bereits angemeldet. Laden Sie die Seite neu, um fortzufahren.
email-taken =
    Mit dieser E-Mail-Adresse gibt es bereits ein Konto. Melden Sie sich stattdessen an.
password-too-long = Das Passwort darf höchstens 128 Zeichen haben
password-pwned =
    Dieses Passwort gehört zu den ersten, die andere ausprobieren würden. Wählen Sie ein anderes.
password-weak =
    Dieses Passwort ist zu leicht zu erraten. Machen Sie es länger oder ungewöhnlicher.
password-wrong = Das Passwort ist nicht richtig
origin-invalid =
    Die Adresse dieser Seite ist nicht die, für die der Dienst eingerichtet ist. Öffnen Sie den
    Dienst unter seiner eigenen Adresse, und versuchen Sie es noch einmal.
too-large = Das ist zu lang. Kürzen Sie es, und versuchen Sie es noch einmal.
app-outdated =
    Diese Seite passt nicht mehr zum Server. Laden Sie die Seite neu, und versuchen Sie es noch
    einmal.
service-unavailable =
    Der Dienst ist gerade nicht verfügbar. Versuchen Sie es in einem Moment noch einmal.
sign-in-over = Diese Anmeldung hat zu lange gedauert. Beginnen Sie von vorn.
sign-up-over = Das hat zu lange gedauert. Wählen Sie „Von vorn beginnen“.
setup-key-over =
    Dieser Einrichtungsschlüssel ist abgelaufen. Wählen Sie „Zurücksetzen“, um einen neuen zu
    bekommen.
not-there = Das gibt es nicht mehr. Laden Sie die Seite neu, und versuchen Sie es noch einmal.

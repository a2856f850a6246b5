//! Mails: which action is told, what is in them, and what happens while they cannot be sent.

use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

use crate::harness::{Enrolled, PASSWORD, TestApp, TestBrowser, on_both_databases, text};

const ANN: &str = "ann@example.com";

/// The subjects of the mails that are due, without the name of the service.
async fn subjects(app: &TestApp) -> Vec<String> {
    let mails = app.mails().await;
    mails.iter().map(|mail| subject(mail)).collect()
}

fn subject(mail: &str) -> String {
    let line = mail
        .lines()
        .find_map(|line| line.strip_prefix("Subject: Twofold: "));
    line.expect("a subject").to_owned()
}

/// Somebody with an authenticator app, whose mails so far are read.
async fn enrolled(app: &TestApp) -> (TestBrowser, Enrolled) {
    let (browser, user) = app.enrolled(ANN).await;
    assert_eq!(subjects(app).await, ["an authenticator app was added"]);
    app.next_step();
    (browser, user)
}

async fn step_up(browser: &TestBrowser, strategy: &str, code: &str) {
    let session = text(&browser.get("/v1/client").await.ok()["last_active_session_id"]);
    let verify = format!("/v1/client/sessions/{session}/verify");
    browser
        .post(&verify, &[("level", "second_factor")])
        .await
        .ok();
    let path = format!("{verify}/attempt_second_factor");
    browser
        .post(&path, &[("strategy", strategy), ("code", code)])
        .await
        .ok();
}

async fn guess_ten_times(app: &TestApp, browser: &TestBrowser) {
    for _ in 0..10 {
        let fields = [
            ("identifier", ANN),
            ("strategy", "password"),
            ("password", "wrong-wrong"),
        ];
        browser.post("/v1/client/sign_ins", &fields).await;
        app.next_step();
    }
}

on_both_databases! {
    async fn every_change_of_factors_is_told(app: TestApp) {
        let (browser, _) = enrolled(&app).await;
        browser.post("/v1/me/backup_codes", &[]).await.ok();
        assert_eq!(subjects(&app).await, ["new backup codes were generated"]);
        browser.delete("/v1/me/totp").await.ok();
        assert_eq!(subjects(&app).await, ["the authenticator app was removed"]);
        // A secret that waits for its first code protects nothing yet.
        browser.post("/v1/me/totp", &[]).await.ok();
        browser.delete("/v1/me/totp").await.ok();
        browser.sign_out().await;
        assert_eq!(subjects(&app).await, Vec::<String>::new());
    }

    async fn a_used_backup_code_is_told_and_a_code_of_the_app_is_not(app: TestApp) {
        let (browser, user) = enrolled(&app).await;
        step_up(&browser, "totp", &app.code(&user.secret, 0)).await;
        assert_eq!(subjects(&app).await, Vec::<String>::new());
        step_up(&browser, "backup_code", &user.backup_codes[0]).await;
        assert_eq!(subjects(&app).await, ["a backup code was used"]);
        browser.sign_out().await;
        browser.sign_in(ANN, "backup_code", &user.backup_codes[1]).await.ok();
        assert_eq!(subjects(&app).await, ["a backup code was used to sign in"]);
        // One that is refused is not used.
        browser.sign_out().await;
        browser.sign_in(ANN, "backup_code", &user.backup_codes[1]).await.must_be(422, "form_code_incorrect");
        assert_eq!(subjects(&app).await, Vec::<String>::new());
    }

    async fn only_the_first_sign_in_of_a_browser_is_told(app: TestApp) {
        let home = app.signed_up(ANN).await;
        home.sign_out().await;
        home.password(ANN).await.ok();
        assert_eq!(subjects(&app).await, Vec::<String>::new(), "it signed up there");
        let work = app.browser();
        work.password(ANN).await.ok();
        assert_eq!(subjects(&app).await, ["a sign-in from a new browser"]);
        work.sign_out().await;
        work.password(ANN).await.ok();
        assert_eq!(subjects(&app).await, Vec::<String>::new());
        // Another account's browser is new to this one.
        let bens = app.signed_up("ben@example.com").await;
        bens.sign_out().await;
        bens.password(ANN).await.ok();
        assert_eq!(subjects(&app).await, ["a sign-in from a new browser"]);
    }

    async fn the_password_alone_is_no_sign_in(app: TestApp) {
        let (browser, user) = enrolled(&app).await;
        browser.sign_out().await;
        let elsewhere = app.browser();
        let id = text(&elsewhere.password(ANN).await.ok()["id"]);
        elsewhere.second_factor(&id, "totp", &app.wrong_code(&user.secret)).await
            .must_be(422, "form_code_incorrect");
        assert_eq!(subjects(&app).await, Vec::<String>::new());
        elsewhere.second_factor(&id, "totp", &app.code(&user.secret, 0)).await.ok();
        assert_eq!(subjects(&app).await, ["a sign-in from a new browser"]);
    }

    async fn a_lock_is_told_once(app: TestApp) {
        enrolled(&app).await;
        let stranger = app.browser();
        guess_ten_times(&app, &stranger).await;
        stranger.password(ANN).await.must_be(403, "user_locked");
        assert_eq!(subjects(&app).await, ["too many wrong attempts to sign in"]);
        stranger.password(ANN).await.must_be(403, "user_locked");
        app.next_step();
        assert_eq!(subjects(&app).await, Vec::<String>::new());
    }

    async fn a_mail_holds_no_secret_and_nothing_that_people_typed(app: TestApp) {
        let browser = app.browser();
        let name = "Ann\r\nBcc: all@example.com";
        let fields = [("email_address", ANN), ("password", PASSWORD), ("first_name", name)];
        let signed_up = browser.post("/v1/client/sign_ups", &fields).await;
        let fields = [("email_address", ANN), ("password", PASSWORD), ("first_name", "Evil.Example")];
        if signed_up.status != 200 {
            browser.post("/v1/client/sign_ups", &fields).await.ok();
        }
        let user = app.enrol(&browser).await;
        browser.sign_out().await;
        app.next_step();
        let elsewhere = app.browser();
        elsewhere.sign_in(ANN, "backup_code", &user.backup_codes[0]).await.ok();
        guess_ten_times(&app, &app.browser()).await;
        let mails = app.mails().await;
        assert_eq!(mails.len(), 3);
        let mut secrets = vec![
            PASSWORD.to_owned(),
            "wrong-wrong".to_owned(),
            user.secret.clone(),
            user.code.clone(),
            "Bcc".to_owned(),
            "Evil".to_owned(),
        ];
        secrets.extend(["client", "device"].map(|name| elsewhere.cookie(name).unwrap()));
        for code in &user.backup_codes {
            secrets.extend([code.clone(), code.replace('-', "")]);
        }
        for mail in &mails {
            assert_eq!(mail.matches("\r\nTo: ").count(), 1);
            assert!(mail.contains("\r\nTo: ann@example.com\r\n"));
            assert!(mail.contains("\r\nhttp://localhost:8787/account/manage-mfa\r\n"));
            for secret in &secrets {
                assert!(!mail.contains(secret.as_str()), "{secret} is in {mail}");
            }
        }
    }

    async fn what_cannot_be_sent_is_tried_again_for_three_days(app: TestApp) {
        app.enrolled(ANN).await;
        // No folder can be made where a file is.
        let occupied = app.mail_folder().join("occupied");
        fs::write(&occupied, "").unwrap();
        let broken = app.notifier_into(&occupied);
        assert!(broken.send_next().await.unwrap());
        assert!(!broken.send_next().await.unwrap(), "it waits");
        app.advance(Duration::from_secs(4));
        assert!(!broken.send_next().await.unwrap());
        app.advance(Duration::from_secs(1));
        assert!(broken.send_next().await.unwrap());
        app.advance(Duration::from_hours(1));
        assert_eq!(app.mails().await.len(), 1, "and arrives when it can");

        let browser = app.browser();
        browser.sign_out().await;
        let ben = app.signed_up("ben@example.com").await;
        app.enrol(&ben).await;
        let mut tries = 0;
        let queued = app.now();
        while app.now().since(queued) < Duration::from_hours(73) {
            while broken.send_next().await.unwrap() {
                tries += 1;
            }
            app.advance(Duration::from_mins(1));
        }
        assert!((70..100).contains(&tries), "{tries} tries");
        app.advance(Duration::from_hours(1_000));
        assert_eq!(subjects(&app).await, Vec::<String>::new(), "it is given up");
    }

    async fn a_mail_that_comes_twice_is_one_file_and_only_its_owner_reads_it(app: TestApp) {
        let (browser, _) = app.enrolled(ANN).await;
        app.mails().await;
        browser.post("/v1/me/backup_codes", &[]).await.ok();
        let folder = app.mail_folder().join("deep/mails");
        let notifier = app.notifier_into(&folder);
        assert!(notifier.send_next().await.unwrap());
        assert!(!notifier.send_next().await.unwrap());
        let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let files: Vec<_> = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect();
        let [file] = files.as_slice() else { panic!("{files:?}") };
        assert_eq!(file.extension().unwrap(), "eml");
        assert_eq!((mode(file), mode(&folder)), (0o600, 0o700));
    }
}

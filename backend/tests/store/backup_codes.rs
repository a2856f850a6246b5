//! Sets of backup codes.

use twofold::store::Presented;

use crate::harness::{Factors, NOW, Person, TestDatabase, new_codes, on};

contract! {
    backup_codes_need_a_verified_authenticator_app,
    a_set_is_replaced_whole,
}

async fn backup_codes_need_a_verified_authenticator_app(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    ann.create_totp().await;
    let before = ann.record().await;
    assert!(
        !db.store
            .replace_backup_codes(&ann.id, new_codes(), &on(NOW))
            .await
            .unwrap()
    );
    assert_eq!(ann.record().await, before);
    assert_eq!(db.store.backup_code_set(&ann.id).await.unwrap(), None);
}

async fn a_set_is_replaced_whole(db: TestDatabase) {
    let ann = Person::sign_up(&db.store, "ann@example.com").await;
    let old = ann.enable_totp().await;
    assert_eq!(ann.sign_in_by(old.code(0)).await, Presented::Accepted);
    let before = ann.record().await;

    let new = Factors {
        codes: new_codes(),
        ..old.clone()
    };
    assert!(
        db.store
            .replace_backup_codes(&ann.id, new.codes.clone(), &on(NOW))
            .await
            .unwrap()
    );
    let record = ann.record().await;
    assert_eq!(record.backup_codes_remaining, Some(10));
    assert_eq!(record.credentials_version, before.credentials_version + 1);
    assert!(record.updated_at > before.updated_at);
    let set = db.store.backup_code_set(&ann.id).await.unwrap().unwrap();
    assert_eq!((&set.id, &set.salt), (&new.codes.id, &new.codes.salt));

    assert_eq!(ann.sign_in_by(old.code(1)).await, Presented::Wrong);
    assert_eq!(ann.sign_in_by(new.code(1)).await, Presented::Accepted);
}

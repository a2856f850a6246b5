//! `/v1/instance/users`: the accounts, for administrators who help their users.

use aide::axum::{
    ApiRouter,
    routing::{get_with, post_with},
};
use axum::extract::Path;
use schemars::JsonSchema;
use serde::Deserialize;
use shared::{
    ErrorCode,
    resources::{ManagedUser, ManagedUsers, SessionStatus},
};

use super::{ById, operation};
use crate::{
    AppState,
    domain::{Context, accounts, instance},
    http::{Browser, Caller, Failure, Fresh, Query, Reply, user_resource},
    ids::UserId,
    store::{
        Actor, Removed, SessionQuery, SessionsOf, UserFilter, UserOrder, UserQuery, UserRecord,
    },
};

const TAG: &str = "Instance";
/// Accounts of a page where nobody says how many.
const LIMIT: u32 = 20;
/// Most accounts of a page: each is looked at for its sessions.
const MOST: u32 = 50;

pub(super) fn router() -> ApiRouter<AppState> {
    ApiRouter::new()
        .api_route(
            "/instance/users",
            get_with(
                list,
                operation(TAG, "listManagedUsers", "The accounts; for administrators"),
            ),
        )
        .api_route(
            "/instance/users/{id}/reset_mfa",
            post_with(
                reset_mfa,
                operation(
                    TAG,
                    "resetMfa",
                    "Remove all second factors of somebody who lost them; for administrators",
                ),
            ),
        )
        .api_route(
            "/instance/users/{id}/unlock",
            post_with(
                unlock,
                operation(
                    TAG,
                    "unlock",
                    "Lift the locks of an account; for administrators",
                ),
            ),
        )
}

/// Which part of the list.
#[derive(Deserialize, JsonSchema)]
struct Search {
    /// Is part of an id, an address or a name.
    #[serde(default)]
    #[schemars(with = "String")]
    query: Option<String>,
    /// So many accounts at most.
    #[serde(default)]
    #[schemars(with = "u32", range(min = 1, max = 50))]
    limit: Option<String>,
    /// Not the first so many.
    #[serde(default)]
    #[schemars(with = "u32")]
    offset: Option<String>,
}

async fn list(
    caller: Caller,
    Query(search): Query<Search>,
) -> Result<Reply<ManagedUsers>, Failure> {
    let context = caller.context();
    instance::may_manage_users(&context, &caller.user)?;
    let filter = UserFilter {
        text: search.query.map(|text| text.trim().to_owned()),
        ..UserFilter::default()
    };
    let query = UserQuery {
        filter,
        order: UserOrder::CreatedAt,
        descending: true,
        limit: number(search.limit, "limit", LIMIT, 1..=MOST)?,
        offset: number(search.offset, "offset", 0, 0..=u32::MAX)?,
    };
    let mut data = Vec::new();
    for user in context.store.users(&query).await? {
        data.push(resource(&context, &user).await?);
    }
    let total_count = context.store.count_users(&query.filter).await?;
    Ok(Browser::answer(ManagedUsers { data, total_count }))
}

fn number(
    text: Option<String>,
    name: &str,
    default: u32,
    range: std::ops::RangeInclusive<u32>,
) -> Result<u32, Failure> {
    let Some(text) = text else {
        return Ok(default);
    };
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| Failure::of_param(ErrorCode::FormParamFormatInvalid, name))
}

async fn resource(context: &Context<'_>, user: &UserRecord) -> Result<ManagedUser, Failure> {
    let active = SessionQuery {
        of: SessionsOf::User(user.id.clone(), None),
        status: Some(SessionStatus::Active),
        limit: 0,
        offset: 0,
    };
    Ok(ManagedUser {
        user: user_resource(user, context),
        active_sessions: context.store.count_sessions(&active, context.now).await?,
    })
}

async fn reset_mfa(
    Fresh(caller): Fresh,
    Path(path): Path<ById>,
) -> Result<Reply<ManagedUser>, Failure> {
    let actor = Actor::Administrator(caller.user.id.clone());
    let context = helping(&caller, &actor)?;
    let user = accounts::find(&context, &UserId::from(path.id)).await?;
    if user.id == caller.user.id {
        return Err(accounts::Error::Oneself.into());
    }
    accounts::remove_factors(&context, &user, Removed::All).await?;
    helped(caller, &user.id).await
}

async fn unlock(
    Fresh(caller): Fresh,
    Path(path): Path<ById>,
) -> Result<Reply<ManagedUser>, Failure> {
    let actor = Actor::Administrator(caller.user.id.clone());
    let context = helping(&caller, &actor)?;
    let user = accounts::find(&context, &UserId::from(path.id)).await?;
    accounts::unlock(&context, &user).await?;
    helped(caller, &user.id).await
}

/// What the rules work with for an administrator who does something for somebody else.
fn helping<'a>(caller: &'a Caller, actor: &'a Actor) -> Result<Context<'a>, Failure> {
    let context = Context {
        actor,
        device_token: None,
        ..caller.context()
    };
    instance::may_manage_users(&context, &caller.user)?;
    Ok(context)
}

async fn helped(caller: Caller, user: &UserId) -> Result<Reply<ManagedUser>, Failure> {
    let context = caller.context();
    let user = accounts::find(&context, user).await?;
    let resource = resource(&context, &user).await?;
    caller.browser.changed(resource, None).await
}

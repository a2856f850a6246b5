//! The route tables of both apps: the whole site map on one screen.

use leptos::{prelude::*, web_sys::HtmlElement};
use leptos_router::{
    PartialPathMatch, PathSegment, PossibleRouteMatch,
    components::{FlatRoutes, Route},
};
use shared::paths;

use crate::{
    Drawing, frame,
    pages::{
        activity::ActivityPage,
        add_totp::AddTotp,
        dashboard::{multi_factor_page, users_page},
        help::help,
        manage_mfa::ManageMfa,
        must_sign_in::signed_in,
        not_found::NotFound,
        password::PasswordPage,
        sign_in::SignInPage,
        sign_up::SignUpPage,
    },
    piece::{IntoPiece, Piece, dynamic},
    session::{self, Session},
    words::language,
};

/// The app that everybody uses. In a development build it is the dashboard, too, since only one app
/// is served then.
pub fn app(root: HtmlElement) -> Drawing {
    #[cfg(debug_assertions)]
    if paths::is_of_dashboard(&window().location().pathname().unwrap_or_default()) {
        return dashboard(root);
    }
    frame::draw(root, "", routes)
}

/// The app of administrators.
pub fn dashboard(root: HtmlElement) -> Drawing {
    language::learn_dashboard();
    frame::draw(root, paths::DASHBOARD, dashboard_routes)
}

fn routes() -> Piece {
    view! {
        <FlatRoutes fallback=|| view! { <NotFound /> }>
            <Route path=At("/") view=start as Page />
            <Route path=At(session::SIGN_UP) view=SignUpPage as Page />
            <Route path=At(session::SIGN_IN) view=SignInPage as Page />
            <Route path=At(session::MANAGE_MFA) view=manage_mfa as Page />
            <Route path=At(session::ADD_TOTP) view=add_totp as Page />
            <Route path=At(session::ACTIVITY) view=activity as Page />
            <Route path=At(session::PASSWORD) view=password as Page />
            <Route path=At(session::HELP) view=help_page as Page />
        </FlatRoutes>
    }
    .piece()
}

fn dashboard_routes() -> Piece {
    view! {
        <FlatRoutes fallback=|| view! { <NotFound /> }>
            <Route path=At::of_dashboard(session::MULTI_FACTOR) view=multi_factor as Page />
            <Route path=At::of_dashboard(session::USERS) view=users as Page />
        </FlatRoutes>
    }
    .piece()
}

/// The path of a route, as a whole. Together with [`Page`] it gives all routes one type, so that
/// the router's code for a route is there once.
#[derive(Clone)]
struct At(&'static str);

impl At {
    /// The router takes the path of the dashboard off before it looks for a route.
    fn of_dashboard(path: &'static str) -> Self {
        Self(path.strip_prefix(paths::DASHBOARD).unwrap_or(path))
    }
}

/// What a route draws.
type Page = fn() -> Piece;

impl PossibleRouteMatch for At {
    fn optional(&self) -> bool {
        false
    }

    fn test<'a>(&self, path: &'a str) -> Option<PartialPathMatch<'a>> {
        let is_here = path.trim_end_matches('/') == self.0.trim_end_matches('/');
        is_here.then(|| PartialPathMatch::new("", Vec::new(), path))
    }

    fn generate_path(&self, path: &mut Vec<PathSegment>) {
        path.push(PathSegment::Static(self.0.into()));
    }
}

fn manage_mfa() -> Piece {
    signed_in(ManageMfa)
}

fn add_totp() -> Piece {
    signed_in(AddTotp)
}

fn activity() -> Piece {
    signed_in(ActivityPage)
}

fn password() -> Piece {
    signed_in(PasswordPage)
}

fn multi_factor() -> Piece {
    signed_in(|| for_administrators(multi_factor_page))
}

fn users() -> Piece {
    signed_in(|| for_administrators(users_page))
}

/// `page` for administrators. For everybody else there is no such page, as the server says too.
fn for_administrators(page: fn() -> Piece) -> Piece {
    let session = Session::known();
    let is_administrator = Memo::new(move |_| session.is_administrator());
    dynamic(move || {
        if is_administrator.get() {
            page()
        } else {
            view! { <NotFound /> }.piece()
        }
    })
}

fn help_page() -> Piece {
    help(Session::known().product())
}

fn start() -> Piece {
    let session = Session::known();
    session.redirect(untrack(|| session.start_page()).to_owned(), None);
    Piece::empty()
}

//! What the description of the API (`OpenAPI` 3.1) says of the types that handlers take and give: a
//! handler that takes a [`Fresh`] caller is described as one by that alone.

use aide::{
    OperationInput, OperationOutput,
    generate::GenContext,
    openapi::{
        MediaType, Operation, Parameter, ParameterData, ParameterSchemaOrContent, QueryStyle,
        ReferenceOr, RequestBody, Response, SchemaObject,
    },
    operation::{ParamLocation, add_parameters, parameters_from_schema, set_body},
};
use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, generate::SchemaSettings, json_schema};
use shared::{ErrorReply, resources::Envelope};

use super::{
    Browser, Caller, Failure, Form, Fresh, FreshOrPending, JsonBody, Query, Reply,
    SESSION_PARAMETER, Service,
};

/// The name of the client's cookie as a way to be recognised.
pub(crate) const CLIENT_COOKIE: &str = "client";

/// The name of the key of a service as a way to be recognised.
pub(crate) const SECRET_KEY: &str = "secret_key";

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// What a refusal tells, by its status.
const NOT_SIGNED_IN: (u16, &str) = (401, "The browser is not signed in.");
const TOO_LONG_AGO: (u16, &str) = (
    403,
    "A factor has to be checked again first, or the account is locked.",
);
const BODY_TOO_LARGE: (u16, &str) = (413, "The body is over 16 KiB.");
const NO_FORM: (u16, &str) = (415, "The body is not a form.");
const NO_KEY: (u16, &str) = (
    401,
    "The key is missing or wrong, or the API is switched off.",
);
const NO_JSON: (u16, &str) = (415, "The body is not JSON.");
const FIELD_REFUSED: (u16, &str) = (422, "A field is missing, malformed or not right.");

fn refusal(ctx: &mut GenContext, (status, description): (u16, &str)) -> (Option<u16>, Response) {
    (Some(status), failure(ctx, description))
}

/// What is said of an operation whose parameters may be refused.
pub(crate) fn field_refused(ctx: &mut GenContext) -> (Option<u16>, Response) {
    refusal(ctx, FIELD_REFUSED)
}

fn failure(ctx: &mut GenContext, description: &str) -> Response {
    json_response::<ErrorReply>(ctx, description)
}

fn json_response<T: JsonSchema>(ctx: &mut GenContext, description: &str) -> Response {
    Response {
        description: description.to_owned(),
        content: content(JSON, ctx.schema.subschema_for::<T>()),
        ..Response::default()
    }
}

/// What a body may hold. Replies are described as they are written, forms as they are read.
fn form_schema<T: JsonSchema>() -> Schema {
    let generator = SchemaSettings::draft2020_12()
        .for_deserialize()
        .with(|settings| {
            settings.inline_subschemas = true;
            settings.meta_schema = None;
        })
        .into_generator();
    generator.into_root_schema_for::<T>()
}

fn content(kind: &str, json_schema: Schema) -> IndexMap<String, MediaType> {
    let schema = SchemaObject {
        json_schema,
        example: None,
        external_docs: None,
    };
    let media = MediaType {
        schema: Some(schema),
        ..MediaType::default()
    };
    IndexMap::from_iter([(kind.to_owned(), media)])
}

/// A parameter of the query that may be left out.
pub(crate) fn query_parameter(name: &str, description: &str, schema: Schema) -> Parameter {
    let parameter_data = ParameterData {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        required: false,
        deprecated: None,
        format: ParameterSchemaOrContent::Schema(SchemaObject {
            json_schema: schema,
            example: None,
            external_docs: None,
        }),
        example: None,
        examples: IndexMap::default(),
        explode: None,
        extensions: IndexMap::default(),
    };
    Parameter::Query {
        parameter_data,
        allow_reserved: false,
        style: QueryStyle::Form,
        allow_empty_value: None,
    }
}

/// One of these ways to be recognised: each alone will do.
fn recognised_by(operation: &mut Operation, ways: &[&[&str]]) {
    let ways = ways.iter().map(|names| {
        let names = names.iter().map(|name| ((*name).to_owned(), Vec::new()));
        names.collect::<IndexMap<_, _>>()
    });
    operation.security = ways.collect();
}

impl OperationInput for Browser {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        recognised_by(operation, &[&[], &[CLIENT_COOKIE]]);
    }
}

impl OperationInput for Caller {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        recognised_by(operation, &[&[CLIENT_COOKIE]]);
        let session = query_parameter(
            SESSION_PARAMETER,
            "The session to act for, if not the last active one.",
            json_schema!({"type": "string"}),
        );
        add_parameters(ctx, operation, [session]);
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        vec![refusal(ctx, NOT_SIGNED_IN)]
    }
}

impl OperationInput for Fresh {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        Caller::operation_input(ctx, operation);
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        let mut responses = Caller::inferred_early_responses(ctx, operation);
        responses.push(refusal(ctx, TOO_LONG_AGO));
        responses
    }
}

impl OperationInput for FreshOrPending {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        Fresh::operation_input(ctx, operation);
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        Fresh::inferred_early_responses(ctx, operation)
    }
}

impl OperationInput for Service {
    fn operation_input(_: &mut GenContext, operation: &mut Operation) {
        recognised_by(operation, &[&[SECRET_KEY]]);
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        vec![refusal(ctx, NO_KEY)]
    }
}

impl<T: JsonSchema> OperationInput for JsonBody<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema = form_schema::<T>();
        let body = RequestBody {
            required: schema.get("required").is_some(),
            content: content(JSON, schema),
            ..RequestBody::default()
        };
        set_body(ctx, operation, body);
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        [BODY_TOO_LARGE, NO_JSON, FIELD_REFUSED]
            .map(|case| refusal(ctx, case))
            .into()
    }
}

impl<T: JsonSchema> OperationInput for Form<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let schema = form_schema::<T>();
        let body = RequestBody {
            required: schema.get("required").is_some(),
            content: content(FORM, schema),
            ..RequestBody::default()
        };
        set_body(ctx, operation, body);
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        [BODY_TOO_LARGE, NO_FORM, FIELD_REFUSED]
            .map(|case| refusal(ctx, case))
            .into()
    }
}

impl<T: JsonSchema> OperationInput for Query<T> {
    fn operation_input(ctx: &mut GenContext, operation: &mut Operation) {
        let parameters = parameters_from_schema(ctx, form_schema::<T>(), ParamLocation::Query);
        add_parameters(ctx, operation, parameters);
    }

    fn inferred_early_responses(
        ctx: &mut GenContext,
        _: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        vec![refusal(ctx, FIELD_REFUSED)]
    }
}

impl<T: JsonSchema> OperationOutput for Reply<T> {
    type Inner = Envelope<T>;

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<Response> {
        Some(json_response::<Envelope<T>>(ctx, "Done."))
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        let response = Self::operation_response(ctx, operation);
        response
            .map(|response| (Some(200), response))
            .into_iter()
            .collect()
    }
}

impl OperationOutput for Failure {
    type Inner = ErrorReply;

    fn operation_response(ctx: &mut GenContext, _: &mut Operation) -> Option<Response> {
        Some(failure(ctx, "Not done, with the reason."))
    }

    fn inferred_responses(
        ctx: &mut GenContext,
        operation: &mut Operation,
    ) -> Vec<(Option<u16>, Response)> {
        let response = Self::operation_response(ctx, operation);
        response
            .map(|response| (None, response))
            .into_iter()
            .collect()
    }
}

/// The responses of an operation, by status.
pub(crate) fn responses(operation: &mut Operation) -> impl Iterator<Item = (u16, &mut Response)> {
    let responses = operation.responses.iter_mut();
    responses
        .flat_map(|responses| responses.responses.iter_mut())
        .filter_map(|(status, response)| match (status, response) {
            (aide::openapi::StatusCode::Code(status), ReferenceOr::Item(response)) => {
                Some((*status, response))
            }
            _ => None,
        })
}

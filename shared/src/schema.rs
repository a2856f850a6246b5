//! What the derived schemas of the wire types leave out.

use schemars::{Schema, transform::Transform};
use serde_json::{Map, Value, json};

/// Adds the field `object`, by which a resource tells its kind.
pub(crate) struct Kind(pub(crate) &'static str);

impl Transform for Kind {
    fn transform(&mut self, schema: &mut Schema) {
        let fields = schema.ensure_object();
        if let Some(properties) = entry(fields, "properties", json!({})).as_object_mut() {
            properties.insert("object".to_owned(), json!({"const": self.0}));
        }
        if let Some(required) = entry(fields, "required", json!([])).as_array_mut() {
            required.insert(0, json!("object"));
        }
    }
}

fn entry<'a>(fields: &'a mut Map<String, Value>, name: &str, empty: Value) -> &'a mut Value {
    fields.entry(name).or_insert(empty)
}

#[cfg(test)]
mod tests {
    use schemars::generate::SchemaSettings;

    use crate::resources::SessionToken;

    #[test]
    fn a_resource_tells_its_kind() {
        let generator = SchemaSettings::draft2020_12()
            .for_serialize()
            .into_generator();
        let schema = generator.into_root_schema_for::<SessionToken>();
        let schema = serde_json::to_value(schema).unwrap();
        assert_eq!(schema["properties"]["object"]["const"], "token");
        assert_eq!(schema["required"], serde_json::json!(["object", "jwt"]));
    }
}

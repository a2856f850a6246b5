//! One message: what it says, and what it has to be told.

use std::fmt::{self, Write as _};

use fluent_syntax::ast::{
    self, Expression, InlineExpression, Pattern, PatternElement, Variant, VariantKey,
};

/// A message in the form that the app reads.
#[derive(Debug)]
pub(crate) struct Message {
    /// As in Fluent, such as `codes-left`.
    pub(crate) key: String,
    /// A text, in which `{0}` stands for the first variable; or, for one that depends on a number,
    /// which variable that is, and then each case and its text, the last of them for all other
    /// cases: fields with tabs between them.
    pub(crate) text: String,
    /// What has to be filled in, in this order.
    pub(crate) variables: Vec<Variable>,
}

/// What a message has to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    /// Whether it counts something: the one of a select, or of Fluent's `NUMBER`.
    pub(crate) is_number: bool,
}

impl Message {
    /// Reads a message of Fluent, or says why it is none of those that the app can show.
    pub(crate) fn of(message: &ast::Message<&str>) -> Result<Self, String> {
        let key = message.id.name;
        let read = || {
            let value = message.value.as_ref().ok_or("has no text")?;
            if !message.attributes.is_empty() {
                return Err("has attributes");
            }
            let mut variables = Vec::new();
            let text = match value.elements.as_slice() {
                [
                    PatternElement::Placeable {
                        expression: Expression::Select { selector, variants },
                    },
                ] => select(selector, variants, &mut variables)?,
                _ => text(
                    value,
                    "is a select and more: put the whole sentences into its variants",
                    &mut variables,
                )?,
            };
            Ok(Self {
                key: key.to_owned(),
                text,
                variables,
            })
        };
        read().map_err(|fault| format!("{key} {fault}"))
    }

    /// Counts the variables as `wanted` does, if they are the same ones.
    pub(crate) fn fill_in_as(&mut self, wanted: &[Variable]) -> bool {
        let place =
            |variable: &Variable| wanted.iter().position(|other| other.name == variable.name);
        let Some(places) = self.variables.iter().map(place).collect::<Option<Vec<_>>>() else {
            return false;
        };
        if places.len() != wanted.len() {
            return false;
        }
        let fields: Vec<_> = self.text.split('\t').collect();
        let fields = fields.iter().enumerate().map(|(at, field)| {
            // The first of several is a variable's place, as are those in braces everywhere.
            let is_place = at == 0 && fields.len() > 1;
            let moved = |part: &str| {
                let place = part.parse().ok().and_then(|old: usize| places.get(old));
                place.map_or_else(|| part.to_owned(), ToString::to_string)
            };
            if is_place {
                return moved(field);
            }
            let mut text = String::new();
            for (at, part) in field.split(['{', '}']).enumerate() {
                if at % 2 == 0 {
                    text.push_str(part);
                } else {
                    // Writing to a string cannot fail.
                    let _ = write!(text, "{{{}}}", moved(part));
                }
            }
            text
        });
        self.text = fields.collect::<Vec<_>>().join("\t");
        self.variables = wanted.to_vec();
        true
    }

    /// Writes what the app says for this message, which is the one on line `at`.
    pub(crate) fn write_rust(&self, at: usize, code: &mut String) -> fmt::Result {
        let shown = self.text.replace('\t', " | ");
        let name = self.key.replace('-', "_");
        writeln!(code, "/// `{shown}`")?;
        if self.variables.is_empty() {
            let name = name.to_uppercase();
            return writeln!(code, "pub(crate) const {name}: Word = Word({at});");
        }
        let (mut parameters, mut given) = (Vec::new(), Vec::new());
        for Variable { name, is_number } in &self.variables {
            let name = name.replace('-', "_");
            if *is_number {
                parameters.push(format!("{name}: u64"));
                given.push(format!("&{name}.to_string()"));
            } else {
                parameters.push(format!("{name}: &str"));
                given.push(name);
            }
        }
        writeln!(
            code,
            "pub(crate) fn {name}({}) -> String {{\n    Word({at}).filled(&[{}])\n}}",
            parameters.join(", "),
            given.join(", ")
        )
    }
}

/// The text of a select: the cases in the order of the file, but for the default, which is last.
fn select(
    selector: &InlineExpression<&str>,
    variants: &[Variant<&str>],
    variables: &mut Vec<Variable>,
) -> Result<String, &'static str> {
    let InlineExpression::VariableReference { id } = selector else {
        return Err("selects by something else than a variable");
    };
    let mut fields = place(id.name, true, variables).to_string();
    let (default, cases): (Vec<_>, Vec<_>) = variants.iter().partition(|variant| variant.default);
    for variant in cases.into_iter().chain(default) {
        let (VariantKey::Identifier { name: case } | VariantKey::NumberLiteral { value: case }) =
            variant.key;
        let text = text(&variant.value, "has a select within a select", variables)?;
        // Writing to a string cannot fail.
        let _ = write!(fields, "\t{case}\t{text}");
    }
    Ok(fields)
}

/// A text with its variables; `no_select` is what is wrong with a select in it.
fn text(
    pattern: &Pattern<&str>,
    no_select: &'static str,
    variables: &mut Vec<Variable>,
) -> Result<String, &'static str> {
    let mut text = String::new();
    for element in &pattern.elements {
        let expression = match element {
            PatternElement::TextElement { value } => {
                text.push_str(&plain(value)?);
                continue;
            }
            PatternElement::Placeable {
                expression: Expression::Select { .. },
            } => return Err(no_select),
            PatternElement::Placeable {
                expression: Expression::Inline(expression),
            } => expression,
        };
        let place = match expression {
            InlineExpression::StringLiteral { value } => {
                text.push_str(&plain(value)?);
                continue;
            }
            InlineExpression::VariableReference { id } => place(id.name, false, variables),
            InlineExpression::FunctionReference { id, arguments } if id.name == "NUMBER" => {
                match (arguments.positional.as_slice(), arguments.named.as_slice()) {
                    ([InlineExpression::VariableReference { id }], []) => {
                        place(id.name, true, variables)
                    }
                    _ => return Err("has a NUMBER of something else than a variable"),
                }
            }
            _ => return Err("has something in it that the app cannot show"),
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "{{{place}}}");
    }
    Ok(text)
}

/// Text as it is, on one line.
fn plain(text: &str) -> Result<String, &'static str> {
    if text.contains(['{', '}', '\t', '\\']) {
        return Err("has a brace or a tab in its text");
    }
    Ok(text.replace(['\n', '\r'], " "))
}

/// The place of the variable `name` among all.
fn place(name: &str, is_number: bool, variables: &mut Vec<Variable>) -> usize {
    if let Some(at) = variables.iter().position(|variable| variable.name == name) {
        if let Some(variable) = variables.get_mut(at) {
            variable.is_number |= is_number;
        }
        return at;
    }
    variables.push(Variable {
        name: name.to_owned(),
        is_number,
    });
    variables.len() - 1
}

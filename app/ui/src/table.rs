//! Rows and columns.

use leptos::prelude::*;

/// One heading of a [`Table`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    title: String,
    is_number: bool,
}

impl Column {
    /// Words, at the start of the cell.
    pub fn text(title: impl Into<String>) -> Self {
        Self { title: title.into(), is_number: false }
    }

    /// Numbers, at the end; their cells carry the class `numeric`.
    pub fn number(title: impl Into<String>) -> Self {
        Self { title: title.into(), is_number: true }
    }
}

/// A table with head and body. Rows are `tr` with `td data-label="…"`; below 768 each row becomes a
/// stack that shows these labels.
#[component]
pub fn Table(
    /// What the table lists; read to screen readers.
    #[prop(into)]
    caption: String,
    columns: Vec<Column>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="table-container">
            <table class="table">
                <caption class="sr-only">{caption}</caption>
                <thead>
                    <tr>
                        {columns
                            .into_iter()
                            .map(|column| {
                                let class = column.is_number.then_some("numeric");
                                view! { <th scope="col" class=class>{column.title}</th> }
                            })
                            .collect_view()}
                    </tr>
                </thead>
                <tbody>{children()}</tbody>
            </table>
        </div>
    }
}

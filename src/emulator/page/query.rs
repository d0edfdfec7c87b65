//! What of the tasks the page's address asks for.

use url::form_urlencoded::{Serializer, parse};
use uuid::Uuid;

use super::view::{state_name, state_of};
use crate::emulator::report::TaskState;

/// Longest text that is searched for, in characters.
const MAX_TEXT_CHARS: usize = 100;

/// The page's query string. What is wrong in it counts as absent: it was typed by hand or is out of date.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PageQuery {
    pub(super) state: Option<TaskState>,
    pub(super) text: String,
    /// From 0; in the address from 1.
    pub(super) page: usize,
    /// The task that is open.
    pub(super) task: Option<Uuid>,
}

impl PageQuery {
    pub(super) fn read(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in parse(query.as_bytes()) {
            match &*name {
                "state" => read.state = state_of(&value),
                "q" => read.text = value.trim().chars().take(MAX_TEXT_CHARS).collect(),
                "page" => read.page = value.parse::<usize>().unwrap_or_default().saturating_sub(1),
                "task" => read.task = Uuid::parse_str(&value).ok(),
                _ => {}
            }
        }
        read
    }

    /// The page with this query.
    pub(super) fn address(&self) -> String {
        let mut query = Serializer::new(String::new());
        if let Some(state) = self.state {
            query.append_pair("state", state_name(state));
        }
        if !self.text.is_empty() {
            query.append_pair("q", &self.text);
        }
        if self.page > 0 {
            query.append_pair("page", &(self.page + 1).to_string());
        }
        if let Some(task) = self.task {
            query.append_pair("task", &task.to_string());
        }
        let query = query.finish();
        if query.is_empty() { "/".to_owned() } else { format!("/?{query}") }
    }

    /// The same, from the first page on, with another state.
    pub(super) fn with_state(&self, state: Option<TaskState>) -> Self {
        Self { state, page: 0, ..self.clone() }
    }

    /// The same with another page.
    pub(super) fn with_page(&self, page: usize) -> Self {
        Self { page, ..self.clone() }
    }

    /// The same with another task open, or none.
    pub(super) fn with_task(&self, task: Option<Uuid>) -> Self {
        Self { task, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::PageQuery;
    use crate::emulator::report::TaskState;

    #[test]
    fn an_address_is_read_as_it_is_written() {
        for query in [
            PageQuery::default(),
            PageQuery {
                state: Some(TaskState::Error),
                text: "a&b=\"<c>\"".to_owned(),
                page: 4,
                task: Some(Uuid::from_u128(7)),
            },
        ] {
            let address = query.address();
            assert_eq!(PageQuery::read(address.trim_start_matches("/?")), query, "{address}");
        }
    }

    #[test]
    fn what_is_wrong_counts_as_absent() {
        let read = PageQuery::read("state=broken&page=-1&task=x&unknown=1&q=%20%20");
        assert_eq!(read, PageQuery::default());
        assert_eq!(PageQuery::read(&format!("q={}", "x".repeat(9_999))).text.len(), 100);
    }
}

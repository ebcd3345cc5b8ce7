//! How searches and filters go on between two frames.

use crate::scene::Selection;

use super::filter::{FilterChoice, Filtering};
use super::search::Search;
use super::state::State;

impl State {
    /// Begins to search for what is in the field.
    pub(super) fn search_anew(&mut self) {
        self.search = Search::new(&self.incident.graph, &self.query);
    }

    /// Begins to filter as `choice` says.
    pub(super) fn filter_as(&mut self, choice: FilterChoice) {
        self.filter_choice = choice;
        self.filter_anew();
    }

    /// Filters once more: what is filtered by, or the states, have changed.
    pub(super) fn filter_anew(&mut self) {
        let choice = &self.filter_choice;
        if choice.is_any() || !choice.reads() {
            (self.filtering, self.filter) = (None, None);
            return;
        }
        self.filtering = Some(Filtering::new(&self.incident.graph, choice.clone()));
        self.find_on();
    }

    /// Nothing is searched or filtered in what is loaded anew.
    pub(super) fn forget_finding(&mut self) {
        (self.search, self.filter_choice) = (Search::default(), FilterChoice::default());
        (self.filtering, self.filter) = (None, None);
    }

    /// Looks through some more texts, for the search and for the filter.
    pub(super) fn find_on(&mut self) {
        let graph = &self.incident.graph;
        if self.search.is_under_way() {
            self.search.go_on(graph);
        }
        let version = self.n_filters + 1;
        let made = self.filtering.as_mut();
        let made = made.and_then(|f| f.go_on(graph, &self.tints.borrow(), version));
        if made.is_some() {
            self.n_filters = version;
            (self.filter, self.filtering) = (made, None);
        }
    }

    /// Whether something is being looked for: time has to pass.
    pub fn is_finding(&self) -> bool {
        self.filtering.is_some() || self.search.is_under_way()
    }

    /// What the first result of the search is.
    pub fn first_found(&self) -> Option<Selection> {
        self.search.found.first().map(|found| found.selection)
    }
}

#include "tests/simulation/mutation.hpp"

#include <array>

#include "core/mutation.hpp"

namespace foundation::simulation {
namespace {

std::string_view active;
bool suspended = false;

constexpr auto known = std::to_array<Mutation>({
    {"acknowledged_before_sync", "the journal calls a group durable when it is submitted"},
    {"budget_charged_at_completion", "the budget counts finished cells, not proposals"},
    {"candidate_not_sent", "a lease goes out without its candidate"},
    {"chain_broken_at_epoch", "a new epoch does not continue the chain of checksums"},
    {"credit_exceeded", "a worker gets a lease more than its credit"},
    {"cut_ignored", "records of an old epoch behind its successor's cut are read"},
    {"done_before_durable", "DONE is written before the answer is durable"},
    {"done_when_stopped", "a run that was stopped is called done"},
    {"duplicates_counted", "a result that comes twice is counted twice"},
    {"fence_ignored", "a coordinator does not notice its successor"},
    {"infrastructure_failure_scored", "a cell is given up at its first lost delivery"},
    {"late_start_not_fenced", "a process that slept while starting goes on beside its successor"},
    {"lease_of_lost_worker_forgotten", "cells of a lost worker are not handed out again"},
    {"lookahead_ignored", "the strategy is told whatever is settled already"},
    {"published_before_durable", "the view shows records that are not durable"},
    {"race_on_arrival", "a rung is decided when the first of its candidates is ready"},
    {"recalled_lease_forgotten", "cells called back from a worker are not handed out again"},
    {"reported_before_durable", "progress is shown before it is durable"},
    {"results_not_journalled", "results count but are not written down"},
    {"resume_forgets_proposals", "a resumed run proposes anew"},
    {"resume_requests_finished_cells", "a resumed run evaluates finished cells again"},
    {"resume_writes_outcomes_again", "a resumed run writes down what is written already"},
    {"retry_forgotten", "a lost delivery is not repeated"},
    {"retry_without_bound", "a cell that never succeeds is tried for ever"},
    {"rung_off_by_one", "a rung is decided one cell early"},
    {"target_seen_on_arrival", "the target looks at outcomes as they come"},
    {"test_touched_early", "test cells are evaluated while searching"},
    {"ties_backwards", "equal scores are ranked the wrong way round"},
    {"told_on_arrival", "the strategy is told outcomes in the order they come"},
    {"unconfirmed_dropped", "a new epoch loses the last group of the old one"},
    {"unfinished_evidence", "a bootstrap uses blocks with pending cells"},
    {"watermark_too_high", "the watermark promises records that are not durable"},
    {"winner_by_arrival", "of two equal winners the one that came first wins"},
    {"write_error_ignored", "a failed write counts as done"},
});

}  // namespace

std::span<const Mutation> mutations() noexcept { return known; }

ScopedMutation::ScopedMutation(std::string_view name) noexcept { active = name; }
ScopedMutation::~ScopedMutation() { active = {}; }

ScopedTruth::ScopedTruth() noexcept { suspended = true; }
ScopedTruth::~ScopedTruth() { suspended = false; }

#ifdef FOUNDATION_MUTATIONS
bool is_active(const char* name) noexcept { return !suspended && active == name; }
#endif

}  // namespace foundation::simulation

#ifdef FOUNDATION_MUTATIONS
bool foundation::core::is_mutated(const char* name) noexcept {
  return foundation::simulation::is_active(name);
}
#endif

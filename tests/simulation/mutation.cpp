#include "tests/simulation/mutation.hpp"

#include <array>

#include "core/mutation.hpp"

namespace foundation::simulation {
namespace {

std::string_view active;
bool suspended = false;

constexpr auto known = std::to_array<Mutation>({
    {"acknowledged_before_sync", "the journal calls a group durable when it is submitted"},
    {"attempt_abandoned", "an attempt that has failed is not ended"},
    {"beats_ignored", "signs of life after the first are not noticed"},
    {"budget_charged_at_completion", "the budget counts finished cells, not proposals"},
    {"candidate_not_sent", "a lease goes out without its candidate"},
    {"chain_broken_at_epoch", "a new epoch does not continue the chain of checksums"},
    {"checksum_ignored", "a record is believed whatever its checksum", SeedClass::damage},
    {"claim_conflict_ignored", "who loses the race for an epoch goes on"},
    {"claim_not_exclusive", "a claim replaces another one of the same epoch"},
    {"cost_counted_on_arrival", "the cost budget looks at cells as they come"},
    {"credit_exceeded", "a worker gets a lease more than its credit"},
    {"cut_ignored", "records of an old epoch behind its successor's cut are read"},
    {"cut_taken_for_crash", "a cut cable casts suspicion on cells"},
    {"done_before_durable", "DONE is written before the answer is durable"},
    {"done_when_stopped", "a run that was stopped is called done"},
    {"duplicates_counted", "a result that comes twice is counted twice"},
    {"ended_connection_endured", "a worker whose process has ended stays in the plan"},
    {"failed_sync_repeated", "a failed sync is repeated and then believed"},
    {"farewell_forgotten", "who has said farewell is given up when its process ends"},
    {"fence_ignored", "a coordinator does not notice its successor"},
    {"file_not_synced_before_rename", "a small file is renamed before its data is on the disk"},
    {"first_pause_blamed", "a watcher that stood still before its first look blames the others"},
    {"folder_not_synced_after_rename", "DONE is believed durable before its folder is synced"},
    {"folder_of_segment_not_synced",
     "a new segment's name is not on the disk when it is acknowledged"},
    {"forced_note_believed", "a rank 0 that drains because it is ended ends the run"},
    {"heats_not_awaited", "a race compares with whichever earlier heats are over"},
    {"infrastructure_failure_scored", "a cell is given up at its first lost delivery"},
    {"last_group_trusted", "a group that a failed sync left readable counts as durable"},
    {"late_start_not_fenced", "a process that slept while starting goes on beside its successor"},
    {"launch_awaited_for_ever", "ranks that hang in their start are waited for"},
    {"launcher_pause_counted", "a launcher that stood still ends a sound attempt"},
    {"lease_before_start", "cells are handed out before the workers have registered"},
    {"lease_of_lost_worker_forgotten", "cells of a lost worker are not handed out again"},
    {"lookahead_ignored", "the strategy is told whatever is settled already"},
    {"lost_peer_revived", "who was given up is watched again when it comes back"},
    {"lost_worker_welcomed", "the late hello of a lost worker makes it a worker again"},
    {"lost_workers_final", "the run ends with its last worker although others may do"},
    {"manager_status_believed", "the end of the process manager counts as the end of the run"},
    {"need_seen_too_early", "needs are asked for ahead with other outcomes than their proposal's"},
    {"note_of_old_epoch_believed", "what an earlier session left as its note ends the run"},
    {"own_pause_blamed", "a watcher that stood still blames the others"},
    {"progress_unseen", "a launcher gives up although each attempt has got further"},
    {"published_before_durable", "the view shows records that are not durable"},
    {"race_on_arrival", "a rung is decided when the first of its candidates is ready"},
    {"read_before_settled", "a successor reads what an attribute cache shows it"},
    {"read_error_taken_for_missing", "a file that cannot be read counts as missing"},
    {"recalled_lease_forgotten", "cells called back from a worker are not handed out again"},
    {"relaunched_after_stop", "a run that was stopped is started again"},
    {"relaunched_without_bound", "an attempt that never succeeds is repeated for ever"},
    {"reported_before_durable", "progress is shown before it is durable"},
    {"results_not_journalled", "results count but are not written down"},
    {"request_not_journalled", "a resumed run does not know what texts it has asked for"},
    {"resume_forgets_proposals", "a resumed run proposes anew"},
    {"resume_requests_finished_cells", "a resumed run evaluates finished cells again"},
    {"resume_writes_outcomes_again", "a resumed run writes down what is written already"},
    {"retry_forgotten", "a lost delivery is not repeated"},
    {"retry_without_bound", "a cell that never succeeds is tried for ever"},
    {"rung_off_by_one", "a rung is decided one cell early"},
    {"short_write_accepted", "a disk that is full half way through a group goes unnoticed"},
    {"silence_endured", "a frozen worker is waited for"},
    {"silent_hosts_used", "ranks are started on hosts that do not answer"},
    {"silent_run_endured", "a rank 0 that stands still is waited for"},
    {"start_awaited_for_ever", "a worker that never comes up is waited for"},
    {"stop_not_passed_on", "a wish to stop before the ranks work is forgotten"},
    {"successor_fought", "the launcher takes the run back from whoever has taken it over"},
    {"suspicion_forgotten", "nobody is suspected"},
    {"suspicion_not_recovered", "a resumed run has forgotten what killed its workers"},
    {"target_seen_on_arrival", "the target looks at outcomes as they come"},
    {"test_touched_early", "test cells are evaluated while searching"},
    {"ties_backwards", "equal scores are ranked the wrong way round"},
    {"told_on_arrival", "the strategy is told outcomes in the order they come"},
    {"torn_opening_refused", "an epoch that died in its first write counts as damage"},
    {"torn_tail_refused", "an interrupted write counts as damage"},
    {"unconfirmed_dropped", "a new epoch loses the last group of the old one"},
    {"unfinished_evidence", "a bootstrap uses blocks with pending cells"},
    {"wall_clock_decides", "time limits are taken from the wall clock"},
    {"watermark_too_high", "the watermark promises records that are not durable"},
    {"winner_by_arrival", "of two equal winners the one that came first wins"},
    {"write_error_ignored", "a failed write counts as done"},
    {"write_not_synced", "a group is acknowledged from the page cache"},
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

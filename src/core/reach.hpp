#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// Marks at code that only rare events come to: the simulator counts them and fails when its faults
/// never got there ("sometimes assertions": FoundationDB's CODE_PROBE). Only the instrumented
/// copy of the modules (tests/simulation) counts; elsewhere a mark costs nothing, but its name
/// must be in the list.
// clang-format off
#define FOUNDATION_REACH_LIST(mark) \
  mark(torn_tail_cut) mark(unopened_epoch_skipped) mark(unnamed_epoch_skipped) \
  mark(bytes_behind_cut_ignored) mark(unconfirmed_group_stored_again) \
  mark(late_start_refused) mark(claim_race_lost) mark(stale_writer_fenced) \
  mark(write_failed) mark(segment_followed) mark(recall_came_too_late) \
  mark(lease_waited_for_candidate) mark(lease_waited_for_request) \
  mark(copy_outlived_lost_lease) mark(straggler_copied) \
  mark(answer_of_closed_lease) mark(hello_of_lost_worker) mark(result_of_lost_worker) \
  mark(duplicate_result_dropped) mark(result_after_end) mark(recalled_lease_came_back) \
  mark(lost_lease_given_out_again) mark(last_worker_lost) mark(cell_given_up) \
  mark(start_waited) mark(started_without_some) \
  mark(stopped_with_leases_out) mark(end_waited_for_disk) mark(report_waited_for_disk) \
  mark(proposal_restored) mark(request_restored) mark(finished_run_restored) \
  mark(silent_peer_lost) mark(peer_never_came_up) mark(ended_process_noticed) \
  mark(cut_connection_noticed) mark(connection_of_unwatched_ended) mark(lost_peer_heard) \
  mark(watcher_stood_still) mark(launcher_stood_still) mark(launch_timed_out) \
  mark(rank_zero_silent) mark(rank_zero_gone) mark(launch_taken_over) \
  mark(manager_ended_early) mark(forced_note_ignored) \
  mark(relaunched_for_lost_workers) mark(manager_asked_twice) mark(manager_killed) \
  mark(host_left_out) mark(stop_waited_for_work) mark(stopped_in_start) mark(end_hurried) \
  mark(relaunches_used_up) mark(launch_hopeless)
// clang-format on

namespace foundation::core {

enum class Reach : std::uint8_t {
#define FOUNDATION_REACH_MARK(name) name,
  FOUNDATION_REACH_LIST(FOUNDATION_REACH_MARK)
#undef FOUNDATION_REACH_MARK
};

inline constexpr std::array reach_names{
#define FOUNDATION_REACH_MARK(name) std::string_view{#name},
    FOUNDATION_REACH_LIST(FOUNDATION_REACH_MARK)
#undef FOUNDATION_REACH_MARK
};

#ifdef FOUNDATION_REACH_COUNTERS
/// Counts. Defined by the simulator.
void note_reached(Reach mark) noexcept;
#endif

}  // namespace foundation::core

#ifdef FOUNDATION_REACH_COUNTERS
#define FOUNDATION_REACHED(name) ::foundation::core::note_reached(::foundation::core::Reach::name)
#define FOUNDATION_REACHED_IF(condition, name) \
  static_cast<void>((condition) ? (FOUNDATION_REACHED(name), 0) : 0)
#else
#define FOUNDATION_REACHED(name) static_cast<void>(::foundation::core::Reach::name)
#define FOUNDATION_REACHED_IF(condition, name) \
  static_cast<void>(false && (condition) && sizeof(::foundation::core::Reach::name) != 0)
#endif

#pragma once

#include <compare>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "analysis/time_base.hpp"
#include "trace/definitions.hpp"
#include "trace/event.hpp"
#include "trace/recording.hpp"

namespace foundation::analysis {

/// A communicator of the whole trace. Both sides of an inter-communicator are in `members`.
struct Communicator {
  std::vector<std::int32_t> members;  ///< ranks of MPI_COMM_WORLD; -1: of another world
  std::vector<std::int32_t> remote;   ///< the other side, seen from the members
  std::uint32_t parent = 0;           ///< index in the trace; 0: unknown
  std::vector<std::string> names{};   ///< that its processes gave it, each once
};

/// What a process calls its communicators, and which of the trace they are.
struct LocalCommunicator {
  std::uint32_t global = 0;  ///< index into TraceSet::communicators; 0: unknown
  bool reversed = false;     ///< this process is on the remote side of it
  std::int32_t rank = -1;    ///< of this process in it
};

/// A bit of the communicator that an event names: the other end of what the event tells of is
/// outside of the scope of its window, so nothing is joined to it.
inline constexpr std::uint32_t lone_end = std::uint32_t{1} << 31;

/// Whether an event tells of such an end. Not for `complete`, which holds bytes there.
[[nodiscard]] inline bool is_lone(const trace::Event& event) noexcept {
  return (event.communicator & lone_end) != 0;
}

struct Region {
  std::string name;
  std::string file;
  std::uint32_t line = 0;
  trace::RegionRole role = trace::RegionRole::program;
  std::string unit{};        ///< of a counter
  std::uint32_t shared = 0;  ///< index into TraceSet::regions: the same one in each process
  auto operator<=>(const Region&) const = default;
};

/// A time in which a process was recorded.
struct RecordedWindow {
  std::uint32_t window = 0;  ///< the same one in each process
  TraceTime from = 0;
  TraceTime to = 0;  ///< the end of the trace if it was still open
};

/// One process of a trace.
struct Process {
  std::shared_ptr<const trace::EventSource> recording;  ///< never null
  std::int32_t rank = -1;  ///< in MPI_COMM_WORLD; -1: it never got that far
  TimeBase time;
  std::uint32_t host = 0;       ///< processes of one host share a clock
  std::vector<Region> regions;  ///< by the ids in its events; the first means nothing
  std::vector<LocalCommunicator> communicators;  ///< by the ids in its events
  std::string command;
  std::string mpi_library;
  std::vector<RecordedWindow> windows;  ///< in the order of time; none: it was recorded throughout
  bool goes_on = false;                 ///< it was running still when the trace was written

  /// The window that what happened at this time belongs to; 0 if there are none.
  [[nodiscard]] std::uint32_t window_at(TraceTime at) const noexcept;
  [[nodiscard]] bool is_recorded_at(TraceTime at) const noexcept;
  /// So much time between two moments lies in no window; 0 if there are none.
  [[nodiscard]] TraceTime gaps_between(TraceTime begin, TraceTime end) const noexcept;
  /// Whether its recording begins in the midst of what it did.
  [[nodiscard]] bool begins_midway() const noexcept;

  [[nodiscard]] LocalCommunicator communicator(std::uint32_t id) const noexcept {
    return id < communicators.size() ? communicators[id] : LocalCommunicator{};
  }
  [[nodiscard]] const Region& region(std::uint16_t id) const noexcept {
    return regions[id < regions.size() ? id : 0];
  }
};

/// All processes of a trace, on one time, with their communicators joined. Events stay in the
/// files: see EventMerge.
class TraceSet {
 public:
  /// Opens the recordings. Throws core::Error{io, corrupt_data}, or {bad_input} when there is
  /// none or they are of different traces.
  explicit TraceSet(const std::vector<std::filesystem::path>& files);
  /// Of parts that are joined already, with processes in the order of their ranks. The first
  /// communicator and the first region stand for what is unknown.
  TraceSet(std::vector<Process> processes, std::vector<Communicator> communicators,
           std::vector<Region> regions);

  [[nodiscard]] const std::vector<Process>& processes() const noexcept { return processes_; }
  /// The first one stands for all that are unknown.
  [[nodiscard]] const std::vector<Communicator>& communicators() const noexcept {
    return communicators_;
  }
  /// The regions of all processes, each once; the first stands for code outside of any region.
  [[nodiscard]] const std::vector<Region>& regions() const noexcept { return regions_; }
  [[nodiscard]] std::uint64_t trace_id() const noexcept { return trace_id_; }
  [[nodiscard]] std::int64_t started_at() const noexcept { return started_at_; }
  [[nodiscard]] std::uint32_t hosts() const noexcept { return hosts_; }
  /// Whether any process was recorded from the midst of the run on, or with gaps.
  [[nodiscard]] bool begins_midway() const noexcept;
  /// Gives a process other events, such as part of those it has.
  void set_recording(std::size_t process, std::shared_ptr<const trace::EventSource> recording) {
    processes_[process].recording = std::move(recording);
  }
  /// Says when a process was recorded, in the order of time, and whether it goes on.
  void set_windows(std::size_t process, std::vector<RecordedWindow> windows, bool goes_on) {
    processes_[process].windows = std::move(windows);
    processes_[process].goes_on = goes_on;
  }
  /// All times t of a process, those of its windows as well, become t + offset + drift * t.
  void move_time(std::size_t process, double offset, double drift);
  /// Moves single events of a process.
  void shift_time(std::size_t process, std::shared_ptr<const Shifts> shifts);

  /// Rank in MPI_COMM_WORLD of `peer` as an event of this process names it; -1 if it is none.
  [[nodiscard]] std::int32_t world_rank(const Process& process, std::uint32_t communicator,
                                        std::int32_t peer) const;

 private:
  struct Key;
  void put_on_one_time();
  void read_definitions(Process& process, const trace::Recording& recording);
  void join_communicators();
  void name_communicators();
  void join_regions();

  std::vector<Process> processes_;
  std::vector<Communicator> communicators_;
  std::vector<Region> regions_;
  struct Defined {
    trace::CommunicatorDefinition head;
    std::vector<std::int32_t> members, remote;
  };
  std::vector<std::vector<Defined>> defined_;  ///< by process, in the order of their creation
  using Named = std::pair<std::uint32_t, std::string>;
  std::vector<std::vector<Named>> named_;  ///< by process: ids of communicators and their names
  std::uint64_t trace_id_ = 0;
  std::int64_t started_at_ = 0;
  std::uint32_t hosts_ = 1;
};

}  // namespace foundation::analysis

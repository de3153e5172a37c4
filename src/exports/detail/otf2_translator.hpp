#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "analysis/event_merge.hpp"
#include "analysis/trace_set.hpp"
#include "exports/detail/otf2_record.hpp"
#include "exports/export.hpp"
#include "exports/otf2.hpp"

namespace foundation::exports::detail {

/// Turns the recorded events of one process, given in the order of time, into records of OTF2.
/// Those of one stream come in the order of time. Nothing of other processes is needed: who
/// receives a message is for the reader to find out.
///
/// What a call tells goes where it is known: a message is sent at the enter of its call and
/// received at the leave of its call or where its request completes. Requests get numbers of their
/// own, for handles are used again.
///
/// Memory: what is under way. With limits, a call waits here until it is known to lie within
/// them, with what it tells. Local, one thread. `traces`, `options` and `sink` outlive it.
class Otf2Translator {
 public:
  Otf2Translator(const analysis::TraceSet& traces, std::uint32_t process,
                 const ExportOptions& options, const RecordSink& sink);

  void event(const analysis::TimedEvent& event);
  /// Calls that never ended last until the `end` of the trace.
  void finish(analysis::TraceTime end);

  /// The region of a call that is open now, of the first thread that has one.
  [[nodiscard]] std::optional<std::uint32_t> open() const noexcept;
  [[nodiscard]] const Otf2Counts& counts() const noexcept { return counts_; }
  /// The latest known moment of the process.
  [[nodiscard]] analysis::TraceTime last() const noexcept { return last_; }

 private:
  /// A communicator, and where the ranks of those begin with whom this process talks in it: they
  /// are behind its own group, if there are two.
  struct Channel {
    std::uint32_t communicator = 0;  ///< index into TraceSet::communicators
    std::int32_t first = 0;
  };
  /// An open call.
  struct Frame {
    trace::Event enter;
    trace::RegionRole role = trace::RegionRole::program;
    std::uint32_t region = 0;  ///< index into TraceSet::regions
    analysis::TraceTime at = 0;
    std::size_t first = 0;               ///< of its records, if they still wait
    std::optional<Record> completion{};  ///< of the request that it starts
  };
  struct Thread {
    std::vector<Frame> stack;
    std::size_t wanted = 0;       ///< so many of the stack lie within the limits
    std::vector<Record> waiting;  ///< of the others
  };
  /// A persistent request has a `start`; one that is under way a `completion`. The peer of a
  /// receive is still to be added to that. Sends that are complete at once may have one handle in
  /// common: all but the first are in `others`.
  struct Request {
    std::optional<Record> start;
    std::optional<Record> completion;
    std::unique_ptr<std::deque<Record>> others{};
  };

  void enter(const analysis::TimedEvent& it);
  void begin(Frame& frame);
  void begin_send(Frame& frame, bool with_request);
  void begin_receive(Frame& frame, const Channel& channel);
  void begin_collective(Frame& frame);
  void leave(const analysis::TimedEvent& it);
  void end(const Frame& frame, const analysis::TimedEvent& it);
  void remember(const Record& completion, std::uint64_t handle);
  void prepare(const Frame& frame, std::uint64_t handle);
  void start(const analysis::TimedEvent& it);
  void complete(const analysis::TimedEvent& it);
  void cancel(const analysis::TimedEvent& it);
  [[nodiscard]] std::optional<Record> take_completion(std::uint64_t handle);
  void point(const analysis::TimedEvent& it);

  void confirm(analysis::TraceTime now);
  void close(RecordKind kind, analysis::TraceTime at);
  /// Whether all open calls of the thread lie within the limits.
  [[nodiscard]] bool is_written() const noexcept {
    return thread_->wanted == thread_->stack.size();
  }
  void put(const Record& record);
  void emit(const Record& record);
  [[nodiscard]] bool is_wanted(const Frame& frame, analysis::TraceTime now) const noexcept;
  [[nodiscard]] static Record arrival(const analysis::TimedEvent& it, const Channel& channel);
  [[nodiscard]] Record collective(const Frame& frame, CollectiveFunction function) const;
  [[nodiscard]] Channel channel(std::uint32_t communicator) const;
  [[nodiscard]] static Record completion_of(const Record& start);

  const analysis::TraceSet& traces_;
  const analysis::Process& process_;
  const ExportOptions& options_;
  const RecordSink& sink_;
  std::vector<std::optional<CollectiveFunction>> functions_;  ///< by the process's own region
  std::vector<Thread> threads_;                               ///< by stream
  std::unordered_map<std::uint64_t, Request> requests_;       ///< by handle bits
  std::unordered_map<std::uint64_t, Channel> probed_;         ///< by message handle
  std::uint64_t next_request_ = 0;
  std::uint32_t stream_ = 0;  ///< of the event at hand
  Thread* thread_ = nullptr;
  Otf2Counts counts_;
  analysis::TraceTime last_ = 0;
};

}  // namespace foundation::exports::detail

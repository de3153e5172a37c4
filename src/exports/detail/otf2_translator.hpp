#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "analysis/event_merge.hpp"
#include "analysis/trace_set.hpp"
#include "exports/detail/otf2_open_calls.hpp"
#include "exports/detail/otf2_record.hpp"
#include "exports/detail/otf2_requests.hpp"
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
/// Memory: what is under way (Otf2OpenCalls, Otf2Requests). Local, one thread. `traces`, `options`
/// and `sink` outlive it.
class Otf2Translator {
 public:
  Otf2Translator(const analysis::TraceSet& traces, std::uint32_t process,
                 const ExportOptions& options, const RecordSink& sink);
  Otf2Translator(const Otf2Translator&) = delete;
  Otf2Translator& operator=(const Otf2Translator&) = delete;

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
  void enter(const analysis::TimedEvent& it);
  void begin(OpenCall& call);
  void begin_send(OpenCall& call, bool with_request);
  void begin_receive(OpenCall& call, const Channel& channel);
  void begin_collective(OpenCall& call);
  void leave(const analysis::TimedEvent& it);
  void end(const OpenCall& call, const analysis::TimedEvent& it);
  void prepare(const OpenCall& call, std::uint64_t handle);
  void start(const analysis::TimedEvent& it);
  void complete(const analysis::TimedEvent& it);
  void cancel(const analysis::TimedEvent& it);
  void point(const analysis::TimedEvent& it);
  void emit(std::uint32_t stream, const Record& record);

  [[nodiscard]] static Record arrival(const analysis::TimedEvent& it, const Channel& channel);
  [[nodiscard]] Record collective(const OpenCall& call, CollectiveFunction function) const;
  [[nodiscard]] Channel channel(std::uint32_t communicator) const;
  [[nodiscard]] static Record completion_of(const Record& start);

  const analysis::TraceSet& traces_;
  const analysis::Process& process_;
  const RecordSink& sink_;
  std::vector<std::optional<CollectiveFunction>> functions_;  ///< by the process's own region
  std::vector<Otf2OpenCalls> threads_;                        ///< by stream
  Otf2Requests requests_;
  std::unordered_map<std::uint64_t, Channel> probed_;  ///< by message handle
  std::uint64_t next_request_ = 0;
  Otf2OpenCalls* thread_ = nullptr;  ///< of the event at hand
  Otf2Counts counts_;
  analysis::TraceTime last_ = 0;
};

}  // namespace foundation::exports::detail

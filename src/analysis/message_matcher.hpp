#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "analysis/alignment.hpp"
#include "analysis/envelope.hpp"
#include "analysis/matches.hpp"

namespace foundation::analysis {

/// Finds the two ends of each message by MPI's rule that messages do not overtake: of all messages
/// of one sender with one tag on one communicator, the n-th goes to the n-th receive that could
/// take it, in the order in which receives were posted (MPI 3.1, section 3.5). A receive from
/// anybody says only at its end whose message it took; the ones behind it wait here until then.
///
/// Only the order of calls within one process counts: differences between clocks do no harm.
/// Memory is that of what is under way. Local, one thread. What it is given outlives it.
class MessageMatcher {
 public:
  /// `alignment`: of a trace that begins in the midst of a run. `finder`: is told what there is for
  /// one, to be found.
  explicit MessageMatcher(MatchSink& sink, const Alignment* alignment = nullptr,
                          AlignmentFinder* finder = nullptr)
      : sink_{sink}, alignment_{alignment}, finder_{finder} {}

  /// Names one end of a message until its call has ended.
  using Handle = std::uint32_t;

  /// A send begins; its end is still to come.
  Handle send(const Envelope& envelope, std::uint64_t bytes, const SendSide& side);
  /// The call is over. If it did not block, the send itself is not (`completes_later`).
  void send_left(Handle send, TraceTime leave, bool completes_later);
  /// Such a send has been given more to send in a call of its own: it is no earlier than that.
  void send_given(Handle send, const Site& site, TraceTime enter);
  /// Such a send is complete: a call has waited for it, or nobody ever will (`wait` of no time).
  void send_completed(Handle send, const Site& wait, TraceTime enter, TraceTime leave);

  /// A receive is posted; source and tag may be wildcards.
  Handle receive(const Envelope& wanted, TraceTime posted, const Site& post = {},
                 std::uint64_t event = 0);
  /// It has got the message of this source and tag.
  void received(Handle receive, std::int32_t source, std::int32_t tag, std::uint64_t bytes,
                const ReceiveSide& side);
  /// It will never get one.
  void cancelled(Handle receive);

  /// The trace is over: gives out what has come to one end only.
  void finish();

  /// Ends that are waiting for their other one, or for the end of their call.
  [[nodiscard]] std::size_t open() const noexcept;

 private:
  static constexpr Handle none = ~Handle{0};

  struct End {
    Envelope envelope;
    std::uint64_t bytes = 0;
    bool ended = false;  ///< the call that it belongs to
    bool used = false;
    Handle partner = none;
    Handle next = none;  ///< behind it in its channel
  };
  struct SendEnd : End {
    SendSide side;
  };
  struct ReceiveEnd : End {
    ReceiveSide side;
    bool resolved = false;  ///< source and tag are known
    bool cancelled = false;
    bool waiting = false;  ///< in the queue behind a wildcard
    std::int32_t wanted_tag = any_tag;
  };
  template <class T>
  struct Pool {
    std::vector<T> ends;
    std::vector<Handle> free;
    Handle add(const T& end);
    void remove(Handle handle);
  };
  struct List {
    Handle head = none, tail = none;
  };
  /// Ends of one envelope that have no partner yet, in order; one of the lists is empty.
  struct Channel {
    List sends, receives;
  };
  /// Wildcards of one process on one communicator, and the receives behind one that could take
  /// their message, in the order in which they were posted. Resolved ones wait for those before.
  struct Queue {
    std::deque<Handle> waiting;
    std::map<std::int32_t, std::uint32_t> tags;  ///< how many are waiting, by the tag they want
  };
  template <class T>
  static Handle take_first(Pool<T>& pool, List& list);
  template <class T>
  static void put_last(Pool<T>& pool, List& list, Handle handle);
  [[nodiscard]] Queue& queue_of(const ReceiveEnd& receive);
  static void resolve(ReceiveEnd& receive, std::int32_t source, std::int32_t tag) noexcept;
  void advance(Queue& queue);
  void enter_channel(Handle receive);
  /// Whether the next send or receive of a channel is one of those that have no other end.
  [[nodiscard]] bool is_unpaired_send(const Envelope& envelope);
  [[nodiscard]] bool is_unpaired_receive(const Envelope& envelope);
  void pair(Handle send, Handle receive);
  void give_out_if_ended(Handle send);

  MatchSink& sink_;
  const Alignment* alignment_;
  AlignmentFinder* finder_;
  /// Of channels with ends that have no other: how many of these have come.
  std::unordered_map<Envelope, std::int64_t, EnvelopeHash> passed_over_;
  Pool<SendEnd> sends_;
  Pool<ReceiveEnd> receives_;
  std::unordered_map<Envelope, Channel, EnvelopeHash> channels_;
  /// By communicator, target and window.
  std::map<std::tuple<std::uint32_t, std::int32_t, std::uint32_t>, Queue> queues_;
};

}  // namespace foundation::analysis

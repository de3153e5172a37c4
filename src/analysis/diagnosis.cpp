#include "analysis/diagnosis.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "analysis/message_matcher.hpp"

namespace foundation::analysis {

using trace::RegionRole;

void Leftovers::call(const CallSpan& call) {
  if (call.leave == never && open_.size() < limit_) open_.push_back(call);
}

void Leftovers::message(const Message& message) {
  if (message.has_send() && message.has_receive()) return;
  ++(message.has_send() ? counts_.unreceived : counts_.unsent);
  if (messages_.size() < limit_) messages_.push_back(message);
}

void Leftovers::collective(const Collective& collective) {
  if (!collective.complete()) ++counts_.incomplete;
  if (!collective.consistent) ++counts_.mismatched;
  const bool ended = std::ranges::none_of(
      collective.parts, [](const Participation& it) { return it.leave == never; });
  if (collective.complete() && collective.consistent && ended) return;
  if (collectives_.size() < limit_) collectives_.push_back(collective);
}

namespace {

double seconds(TraceTime time) { return static_cast<double>(time) * 1e-9; }

std::string join(const std::set<std::string>& words, std::size_t most = 4) {
  std::string text;
  std::size_t shown = 0;
  for (const std::string& word : words) {
    if (shown == most) return text + fmt::format(" and {} more", words.size() - shown);
    text += (shown++ == 0 ? "" : ", ") + word;
  }
  return text;
}

class Writer {
 public:
  Writer(const TraceSet& traces, const std::vector<TraceTime>& ends,
         const std::vector<CallSpan>& open)
      : traces_{traces}, ends_{ends} {
    for (const CallSpan& it : open)
      (it.site.role == RegionRole::program ? regions_ : innermost_)
          .try_emplace(it.site.process, it);
    for (std::uint32_t i = 0; i < traces.processes().size(); ++i)
      by_rank_.try_emplace(traces.processes()[i].rank, i);
  }

  [[nodiscard]] std::string name(std::uint32_t process) const {
    const std::int32_t rank = traces_.processes()[process].rank;
    return rank >= 0
               ? fmt::format("rank {}", rank)
               : fmt::format("process {}", traces_.processes()[process].recording->facts().process);
  }
  [[nodiscard]] std::string function(const Site& site) const {
    return traces_.processes()[site.process].region(site.region).name;
  }
  /// "rank 1, which ended at 12.300 s in MPI_Sendrecv".
  [[nodiscard]] std::string peer(std::int32_t rank) const {
    if (rank == any_source) return "any rank";
    const auto found = by_rank_.find(rank);
    if (found == by_rank_.end()) return fmt::format("rank {}", rank);
    if (traces_.processes()[found->second].recording->facts().closed)
      return fmt::format("rank {}, which ended regularly", rank);
    return fmt::format("rank {}, last seen at {:.6f} s{}", rank, seconds(ends_[found->second]),
                       place(found->second));
  }
  [[nodiscard]] std::string place(std::uint32_t process) const {
    const auto call = innermost_.find(process);
    const auto region = regions_.find(process);
    if (call == innermost_.end() && region == regions_.end()) return " outside of MPI";
    return " in " + function((call == innermost_.end() ? region : call)->second.site);
  }
  [[nodiscard]] const CallSpan* open(std::uint32_t process) const {
    const auto found = innermost_.find(process);
    return found == innermost_.end() ? nullptr : &found->second;
  }

 private:
  const TraceSet& traces_;
  const std::vector<TraceTime>& ends_;
  std::map<std::uint32_t, CallSpan> innermost_;  ///< calls of MPI that are open
  std::map<std::uint32_t, CallSpan> regions_;    ///< regions of the program that are open
  std::map<std::int32_t, std::uint32_t> by_rank_;
};

/// The rank at the other end. Whom an MPI_Sendrecv receives from is recorded at its end only.
std::string partner(const Writer& writer, const Message& it, RegionRole role) {
  if (it.has_send()) return writer.peer(it.target);
  return role == RegionRole::send_receive ? "the rank that it receives from"
                                          : writer.peer(it.source);
}

/// Whom each process waits for, by what it has asked for and never got.
std::map<std::uint32_t, std::set<std::string>> waited_for(
    const TraceSet& traces, const Writer& writer, const std::vector<Message>& messages,
    const std::vector<Collective>& collectives) {
  std::map<std::uint32_t, std::set<std::string>> found;
  for (const Message& it : messages) {
    const Site& site = it.has_send() ? it.send.site : it.receive.post;
    const CallSpan* call = writer.open(site.process);
    if (call == nullptr) continue;
    const bool blocked_here =
        it.has_send() ? it.send.enter == call->enter : it.receive.posted == call->enter;
    if (blocked_here || call->site.role == RegionRole::wait)
      found[site.process].insert(partner(writer, it, call->site.role));
  }
  for (const Collective& it : collectives) {
    std::set<std::int32_t> missing;
    if (it.communicator < traces.communicators().size()) {
      const Communicator& communicator = traces.communicators()[it.communicator];
      missing.insert(communicator.members.begin(), communicator.members.end());
      missing.insert(communicator.remote.begin(), communicator.remote.end());
    }
    for (const Participation& part : it.parts)
      missing.erase(traces.processes()[part.site.process].rank);
    for (const Participation& part : it.parts)
      if (part.leave == never)
        for (const std::int32_t rank : missing) found[part.site.process].insert(writer.peer(rank));
  }
  return found;
}

std::string mismatch(const TraceSet& traces, const Writer& writer, const Collective& it) {
  std::set<std::string> parts;
  for (const Participation& part : it.parts)
    parts.insert(fmt::format("{} called {}{}", writer.name(part.site.process),
                             traces.regions()[part.function].name,
                             part.root < 0 ? "" : fmt::format(" with root {}", part.root)));
  return fmt::format("collective {} of communicator {} does not match: {}", it.number,
                     it.communicator, join(parts, 8));
}

}  // namespace

Diagnosis Leftovers::diagnose(const TraceSet& traces, const std::vector<TraceTime>& ends) const {
  Diagnosis found = counts_;
  const Writer writer{traces, ends, open_};
  for (const Collective& it : collectives_)
    if (!it.consistent) found.sentences.push_back(mismatch(traces, writer, it));
  std::vector<std::uint32_t> unfinished;
  for (std::uint32_t i = 0; i < traces.processes().size(); ++i)
    if (!traces.processes()[i].recording->facts().closed) unfinished.push_back(i);
  found.unfinished_processes = unfinished.size();
  std::ranges::stable_sort(unfinished, {}, [&](std::uint32_t it) { return ends[it]; });
  const auto waits = waited_for(traces, writer, messages_, collectives_);
  for (const std::uint32_t process : unfinished) {
    const CallSpan* call = writer.open(process);
    const auto peers = waits.find(process);
    if (call != nullptr && peers != waits.end()) {
      found.sentences.push_back(fmt::format("{} waits since {:.6f} s in {} for {}",
                                            writer.name(process), seconds(call->enter),
                                            writer.function(call->site), join(peers->second)));
    } else {
      if (traces.processes()[process].goes_on) {
        found.sentences.push_back(fmt::format("{} was at {:.6f} s{}, and goes on",
                                              writer.name(process), seconds(ends[process]),
                                              writer.place(process)));
        continue;
      }
      found.sentences.push_back(
          fmt::format("{} was last seen at {:.6f} s{}: its recording ends without {}",
                      writer.name(process), seconds(ends[process]), writer.place(process),
                      traces.processes()[process].rank < 0 ? "an exit" : "MPI_Finalize"));
    }
  }
  return found;
}

}  // namespace foundation::analysis

#include <algorithm>

#include <fmt/format.h>

#include "report/detail/program_text.hpp"
#include "report/detail/trace_names.hpp"
#include "report/terminal_text.hpp"
#include "report/trace_report.hpp"

namespace foundation::report {

using analysis::Analysis;
using analysis::TraceTime;
using detail::seconds;
using detail::shown;

namespace {

class TraceText {
 public:
  TraceText(const analysis::TraceSet& traces, const Analysis& it, std::size_t rows)
      : names_{traces}, it_{it}, rows_{rows} {}

  [[nodiscard]] std::string all() const {
    return head() + diagnosis() + accounts() + efficiencies() + waits() + delays() +
           critical_path() + detail::program_text(names_, it_, rows_) + hot_spots() + traffic() +
           advice();
  }

 private:
  [[nodiscard]] const analysis::TraceSet& traces() const { return names_.traces(); }
  /// Rows of less than a thousandth of the run are in the JSON only.
  [[nodiscard]] bool is_small(TraceTime time) const { return time < it_.wall() / 1000; }
  [[nodiscard]] double share(TraceTime part) const {
    const auto whole = static_cast<double>(it_.wall()) * static_cast<double>(it_.accounts.size());
    return whole > 0 ? 100 * static_cast<double>(part) / whole : 0;
  }
  [[nodiscard]] TraceTime total(TraceTime analysis::TimeAccount::*part) const {
    TraceTime sum = 0;
    for (const auto& it : it_.accounts) sum += it.*part;
    return sum;
  }

  [[nodiscard]] std::string head() const {
    std::string text =
        fmt::format("trace {:016x}: {} process{} on {} host{}, {:.3f} s, {} events in {} calls\n",
                    traces().trace_id(), it_.accounts.size(), it_.accounts.size() == 1 ? "" : "es",
                    traces().hosts(), traces().hosts() == 1 ? "" : "s", seconds(it_.wall()),
                    it_.counts.events, it_.counts.calls);
    const std::string& command = traces().processes().front().command;
    if (!command.empty()) text += fmt::format("{}\n", visible(command, 100));
    if (it_.counts.events == 0)
      text +=
          "nothing was recorded: the program made no MPI call and entered no region, or is linked "
          "statically\n";
    const std::int32_t ranks = traces().processes().front().recording->facts().ranks;
    const auto there = static_cast<std::int32_t>(std::ranges::count_if(
        traces().processes(), [](const auto& process) { return process.rank >= 0; }));
    if (there < ranks)
      text +=
          fmt::format("recordings of {} of {} ranks are missing: their ends of messages are, too\n",
                      ranks - there, ranks);
    std::uint64_t dropped = 0;
    for (const auto& process : traces().processes())
      for (const auto& stream : process.recording->streams()) dropped += stream.dropped;
    if (dropped != 0)
      text += fmt::format("{} events found no room and are missing: sums are too small\n", dropped);
    if (it_.counts.unbalanced != 0)
      text += fmt::format("{} calls or regions end that do not begin in the recording\n",
                          it_.counts.unbalanced);
    if (traces().begins_midway())
      text +=
          "recorded from the midst of the run on, or with gaps: at their edges messages and "
          "collectives lack an end\n";
    if (it_.counts.outside != 0)
      text += fmt::format(
          "{} messages to or from processes that are not in this trace, such as those that "
          "MPI_Comm_spawn starts, are not joined\n",
          it_.counts.outside);
    if (it_.counts.lone != 0)
      text += fmt::format(
          "{} ends of messages and collectives are not joined: their other ends are outside of the "
          "scope\n",
          it_.counts.lone);
    if (it_.counts.unknown_requests != 0)
      text += fmt::format(
          "{} requests were completed that were not seen to begin: their messages may lack an "
          "end\n",
          it_.counts.unknown_requests);
    if (it_.counts.unended != 0)
      text += fmt::format(
          "{} regions were never ended by the program: they last until the one around them ends, "
          "or "
          "as long as the process\n",
          it_.counts.unended);
    return text + clocks();
  }

  [[nodiscard]] std::string clocks() const {
    const analysis::ClockReport& it = it_.correction;
    std::string text;
    if (it.hosts > 1)
      text += fmt::format(
          "clocks of {} hosts aligned by {} messages and collectives between them, within {:.1f} "
          "us: {} arrived before they were sent (by up to {:.1f} us), {} after the alignment, {} "
          "after the repair\n",
          it.hosts, it.conditions, it.bound * 1e-3, it.before.count, seconds(it.before.worst) * 1e6,
          it.aligned.count, it.after.count);
    if (it.unaligned != 0)
      text += fmt::format(
          "{} hosts have no messages both ways with the others: their clocks are as they were\n",
          it.unaligned);
    if (it_.clocks.violations != 0)
      text += fmt::format(
          "{} of {} messages arrive before they were sent, by up to {:.1f} us: waits are uncertain "
          "by as much\n",
          it_.clocks.violations, it_.clocks.messages, seconds(it_.clocks.worst) * 1e6);
    return text;
  }

  [[nodiscard]] std::string diagnosis() const {
    const analysis::Diagnosis& found = it_.diagnosis;
    if (found.sentences.empty() && found.unreceived == 0 && found.unsent == 0) return {};
    const bool goes_on = std::ranges::any_of(traces().processes(),
                                             [](const auto& process) { return process.goes_on; });
    std::string text = goes_on ? "\nwhere it was when this was collected\n" : "\nhow it ended\n";
    for (std::size_t i = 0; i < std::min(found.sentences.size(), rows_); ++i)
      text += fmt::format("  {}\n", visible(found.sentences[i], 300));
    if (found.sentences.size() > rows_)
      text += fmt::format("  and {} more: --json lists them all\n", found.sentences.size() - rows_);
    if (found.unreceived + found.unsent + found.incomplete != 0)
      text += fmt::format(
          "  left over: {} messages never received, {} receives without a message, {} collectives "
          "without all members\n",
          found.unreceived, found.unsent, found.incomplete);
    return text;
  }

  [[nodiscard]] std::string accounts() const {
    std::string text = fmt::format("\ntime of each rank (s)\n  {:>5} {:>10} {:>10} {:>10} {:>10}\n",
                                   "rank", "compute", "MPI", "waiting", "not there");
    const std::size_t count = std::min(rows_, it_.accounts.size());
    for (std::size_t i = 0; i < count; ++i) {
      const auto& account = it_.accounts[i];
      text += fmt::format("  {:>5} {:>10.3f} {:>10.3f} {:>10.3f} {:>10.3f}\n",
                          names_.rank(static_cast<std::uint32_t>(i)), seconds(account.compute),
                          seconds(account.mpi), seconds(account.wait), seconds(account.outside));
    }
    if (count < it_.accounts.size())
      text += fmt::format("  and {} more: --json lists them all\n", it_.accounts.size() - count);
    using Account = analysis::TimeAccount;
    return text + fmt::format("  {:>5} {:>9.1f}% {:>9.1f}% {:>9.1f}% {:>9.1f}%\n", "all",
                              share(total(&Account::compute)), share(total(&Account::mpi)),
                              share(total(&Account::wait)), share(total(&Account::outside)));
  }

  [[nodiscard]] std::string efficiencies() const {
    const analysis::Efficiencies& it = it_.efficiencies;
    if (it.run_time <= 0) return {};
    return fmt::format(
        "\nefficiencies between MPI_Init and MPI_Finalize ({:.3f} s)\n"
        "  parallel          {:5.1f} %\n"
        "    load balance    {:5.1f} %\n"
        "    communication   {:5.1f} %\n"
        "      serialisation {:5.1f} %\n"
        "      transfer      {:5.1f} %\n",
        seconds(it.run_time), 100 * it.parallel, 100 * it.load_balance, 100 * it.communication,
        100 * it.serialisation, 100 * it.transfer);
  }

  [[nodiscard]] std::string waits() const {
    const auto groups =
        detail::largest(it_.wait_groups, [](const analysis::WaitSum& sum) { return sum.total; });
    if (groups.empty()) return "\nwaits\n  none\n";
    std::string text = fmt::format("\nlargest waits, of {} groups\n", groups.size());
    for (std::size_t i = 0; i < std::min(rows_, groups.size()); ++i) {
      const auto& [group, sum] = groups[i];
      if (is_small(sum.total)) break;
      text += fmt::format("  {:>9.3f} s  {}: rank {} in {}", seconds(sum.total),
                          name_of(group.pattern), names_.rank(group.site.process),
                          shown(names_.call(group.site.region, group.site_caller)));
      if (group.causer.process != analysis::nobody)
        text += fmt::format(", for rank {} to call {}", names_.rank(group.causer.process),
                            shown(names_.call(group.causer.region, group.causer_caller)));
      text +=
          fmt::format(" ({} time{}, longest {:.3f} s at {:.3f} s)\n", sum.count,
                      sum.count == 1 ? "" : "s", seconds(sum.longest), seconds(sum.longest_begin));
    }
    return text;
  }

  [[nodiscard]] std::string places(const char* title,
                                   const std::map<analysis::Place, TraceTime>& times) const {
    const auto rows = detail::largest(times, [](TraceTime time) { return time; });
    if (rows.empty()) return {};
    std::string text = fmt::format("\n{}\n", title);
    for (std::size_t i = 0; i < std::min(rows_, rows.size()) && !is_small(rows[i].second); ++i)
      text += fmt::format("  {:>9.3f} s  rank {} in {}\n", seconds(rows[i].second),
                          names_.rank(rows[i].first.process),
                          shown(names_.region(rows[i].first.region)));
    return text;
  }
  [[nodiscard]] std::string delays() const {
    return places("what late ranks did while others waited for them", it_.attributed.delay);
  }
  [[nodiscard]] std::string critical_path() const {
    return places("critical path: shortening anything else does not shorten the run",
                  it_.attributed.critical);
  }

  [[nodiscard]] std::string hot_spots() const {
    const std::size_t count = std::min(rows_, it_.hot_spots.size());
    if (count == 0) return {};
    std::string text =
        fmt::format("\nhot spots ({} of {})\n  {:>9} {:>11} {:>10}  {}\n", count,
                    it_.hot_spots.size(), "self s", "inclusive s", "calls", "region");
    for (std::size_t i = 0; i < count; ++i) {
      const analysis::HotSpot& it = it_.hot_spots[i];
      text += fmt::format("  {:>9.3f} {:>11.3f} {:>10}  {} (most on rank {}: {:.3f} s)\n",
                          seconds(it.self), seconds(it.inclusive), it.calls,
                          shown(names_.region(it.region)), names_.rank(it.worst),
                          seconds(it.worst_self));
    }
    return text;
  }

  [[nodiscard]] std::string traffic() const {
    const auto rows = detail::largest(
        it_.traffic, [](const analysis::Traffic& traffic) { return traffic.bytes; });
    if (rows.empty()) return {};
    std::string text = "\nmost bytes between two ranks\n";
    for (std::size_t i = 0; i < std::min(rows_, rows.size()); ++i)
      text += fmt::format("  {:>14} bytes in {} messages, from rank {} to rank {}\n",
                          rows[i].second.bytes, rows[i].second.messages, rows[i].first.first,
                          rows[i].first.second);
    return text;
  }

  [[nodiscard]] std::string advice() const;

  detail::TraceNames names_;
  const Analysis& it_;
  std::size_t rows_;
};

/// The weakest factor, in words, with the values that say so.
std::string TraceText::advice() const {
  const analysis::Efficiencies& it = it_.efficiencies;
  if (it.run_time <= 0 || it_.accounts.size() < 2) return {};
  constexpr double good = 0.9;
  std::string text = "\nadvice\n";
  if (it.parallel >= good)
    return text + fmt::format(
                      "  {:.0f} % of all time is computing: look for savings in the hot "
                      "spots, not in MPI\n",
                      100 * it.parallel);
  const auto delays = detail::largest(it_.attributed.delay, [](TraceTime time) { return time; });
  if (it.load_balance <= std::min(it.serialisation, it.transfer)) {
    text += fmt::format(
        "  work is unevenly spread: the mean rank computes {:.0f} % of what the "
        "busiest does; move work away from it\n",
        100 * it.load_balance);
  } else if (it.serialisation <= it.transfer) {
    text += fmt::format(
        "  ranks wait for each other in turn (serialisation {:.0f} %): start sends "
        "earlier, receive without blocking, need fewer barriers\n",
        100 * it.serialisation);
  } else {
    text += fmt::format(
        "  time goes into moving data (transfer {:.0f} %): send fewer and larger "
        "messages, or use fewer ranks\n",
        100 * it.transfer);
  }
  if (!delays.empty())
    text += fmt::format("  begin with rank {} in {}: others waited {:.3f} s while it was there\n",
                        names_.rank(delays[0].first.process),
                        shown(names_.region(delays[0].first.region)), seconds(delays[0].second));
  return text;
}

}  // namespace

std::string trace_to_text(const analysis::TraceSet& traces, const Analysis& analysis,
                          std::size_t rows) {
  return TraceText{traces, analysis, rows}.all();
}

}  // namespace foundation::report

#include "runtime/progress_printer.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/quantity.hpp"

namespace foundation::runtime {

using campaign::ProgressRecord;

namespace {

bool is_terminal() {
  const char* kind = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && kind != nullptr && std::string_view{kind} != "dumb";
}

/// A line that reaches the last column would wrap, and only its last row be overwritten later.
std::string fit_terminal(std::string line) {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 && line.size() >= size.ws_col)
    line.resize(size.ws_col - 1U);
  return line;
}

}  // namespace

ProgressPrinter::ProgressPrinter(core::Duration interval)
    : interval_{interval},
      started_{core::monotonic_now()},
      last_shown_{started_},
      terminal_{is_terminal()} {}

void ProgressPrinter::show(const ProgressRecord& progress, core::Time now) {
  meter_.sample(progress.evaluations, now);
  const std::uint64_t expected = std::max<std::uint64_t>(progress.expected, 1);
  const std::uint64_t tenths = std::min<std::uint64_t>(progress.evaluations * 10 / expected, 10);
  if (terminal_) {
    fmt::print(stderr, "\r\x1b[K{}", fit_terminal(line(progress, now)));
    open_line_ = true;
  } else if (now - last_shown_ >= interval_ || tenths > tenths_) {
    fmt::print(stderr, "{}\n", line(progress, now));
    last_shown_ = now;
  }
  tenths_ = std::max(tenths_, tenths);
  std::fflush(stderr);
}

void ProgressPrinter::close() {
  if (open_line_) fmt::print(stderr, "\n");
  open_line_ = false;
}

std::string ProgressPrinter::line(const ProgressRecord& progress, core::Time now) {
  const std::uint64_t expected = std::max(progress.expected, progress.evaluations);
  std::string text = fmt::format(
      "[{}] {:3.0f} % {}/{} evaluations", core::format_clock(now - started_),
      expected == 0
          ? 0.0
          : 100.0 * static_cast<double>(progress.evaluations) / static_cast<double>(expected),
      progress.evaluations, expected);
  if (progress.best != model::no_candidate)
    text += fmt::format(", best {:.4f} (c{})", progress.best_score, progress.best);
  text += fmt::format(", {:.0f}/s", progress.rate);
  if (const auto left = meter_.time_left(expected - progress.evaluations))
    text += fmt::format(", {} left ({} to {})", core::format_clock(left->likely),
                        core::format_clock(left->low), core::format_clock(left->high));
  if (progress.failed > 0) text += fmt::format(", failed {}", progress.failed);
  return text;
}

}  // namespace foundation::runtime

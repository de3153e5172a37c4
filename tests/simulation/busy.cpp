#include "tests/simulation/busy.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tests/simulation/world.hpp"

namespace foundation::simulation {
namespace {

constexpr std::uint32_t slots = 16;
constexpr std::uint32_t candidates = 32;
constexpr std::uint32_t cells = 250;

Options busy_options(std::uint64_t seed) {
  Options options;
  options.seed = seed;
  options.job = {.kind = SyntheticKind::random,
                 .candidates = candidates,
                 .train = 4,
                 .validation = cells,
                 .test = 0,
                 .failure_share = 0,
                 .seed = seed};
  options.trajectory.race.racing = optimize::Racing::none;
  options.trajectory.lookahead = 32;
  options.workers = 4;
  options.slots = slots / options.workers;
  options.cell_median_s = 0.020;
  options.cell_sigma = 1;
  options.tick = std::chrono::milliseconds{2};
  options.progress = std::chrono::seconds{1};
  options.publish = std::chrono::seconds{2};
  return options;
}

double busy_share(const Options& options) {
  const RunResult result = simulate(options, {});
  return result.violation.empty() ? 100 * result.busy_s / (slots * result.virtual_s) : 0;
}

/// Each slot gets the same number of consecutive cells and is done when it is done.
double static_share(const Options& options) {
  std::vector<double> times(slots, 0);
  double sum = 0;
  for (std::uint32_t i = 0; i < candidates * cells; ++i) {
    const model::CellRange range{i / cells, model::Split::validation, 0, cells};
    const double time = static_cast<double>(cell_time(options, range, i % cells).count()) * 1e-9;
    times[i / (candidates * cells / slots)] += time;
    sum += time;
  }
  return 100 * sum / (slots * std::ranges::max(times));
}

template <class Measure>
BusyRow row(std::string name, std::uint32_t seeds, const Measure& measure) {
  std::vector<double> shares;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) shares.push_back(measure(seed));
  std::ranges::sort(shares);
  return {std::move(name), shares[shares.size() / 2], shares.front(), false};
}

}  // namespace

std::vector<BusyRow> measure_busy(std::uint32_t seeds) {
  std::vector<BusyRow> rows;
  rows.push_back(row("static partition into blocks", seeds,
                     [](std::uint64_t seed) { return static_share(busy_options(seed)); }));
  rows.back().is_comparison = true;
  rows.push_back(row("no racing, look-ahead 32", seeds,
                     [](std::uint64_t seed) { return busy_share(busy_options(seed)); }));
  for (const std::uint32_t lookahead : {16U, 32U, 48U}) {
    const auto racing = [lookahead](std::uint64_t seed) {
      Options options = busy_options(seed);
      options.trajectory.race = {.racing = optimize::Racing::halving, .heat = 16};
      options.trajectory.lookahead = lookahead;
      options.job.candidates = 104;  // the same number of cells: a heat of 16 takes 1,256
      return busy_share(options);
    };
    rows.push_back(
        row(fmt::format("racing in heats of 16, rungs 32/63/125/250, look-ahead {}", lookahead),
            seeds, racing));
    rows.back().is_comparison = lookahead < 32;  // one heat alone starves at its last rung
  }
  for (const auto& [name, racing] :
       {std::pair{"paired in heats of 16, look-ahead 32", optimize::Racing::paired},
        std::pair{"asha, look-ahead 32", optimize::Racing::asha}}) {
    rows.push_back(row(name, seeds, [racing = racing](std::uint64_t seed) {
      Options options = busy_options(seed);
      options.trajectory.race = {.racing = racing, .heat = 16};
      options.job.candidates = 320;
      return busy_share(options);
    }));
    rows.back().is_comparison = racing == optimize::Racing::paired;  // waits for the heat before
  }
  return rows;
}

std::string busy_table(const std::vector<BusyRow>& rows) {
  std::string text = fmt::format("{} cells of 20 ms (log-normal, sigma 1) on {} slots: busy time\n",
                                 candidates * cells, slots);
  for (const BusyRow& it : rows)
    text += fmt::format("  {:<60} median {:5.1f} %   lowest {:5.1f} %\n", it.name, it.median,
                        it.lowest);
  return text;
}

}  // namespace foundation::simulation

#include "analysis/program_regions.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/analysis.hpp"

namespace foundation::analysis {

using trace::RegionRole;

namespace {

class Regions {
 public:
  Regions(const TraceSet& traces, const Analysis& analysis) : traces_{traces}, all_{analysis} {}

  std::vector<ProgramRegion> find() {
    for (std::uint32_t process = 0; process < all_.profiles.size(); ++process) {
      add_times(process);
      for (const Profile::Node& node : all_.profiles[process].nodes())
        if (node.region != 0 && !is_named(node.region)) add_mpi(process, node);
    }
    for (const auto& [group, sum] : all_.wait_groups)
      if (group.site_caller != 0) found_[group.site_caller].wait += sum.total;
    for (const auto& [place, time] : all_.attributed.delay)
      if (is_named(place.region)) found_[place.region].delay += time;
    for (const auto& [place, time] : all_.attributed.critical)
      if (is_named(place.region)) found_[place.region].critical += time;
    return sorted();
  }

 private:
  /// Region 0 is the code outside of any.
  [[nodiscard]] bool is_named(std::uint32_t region) const {
    return region != 0 && traces_.regions()[region].role == RegionRole::program;
  }
  void add_times(std::uint32_t process) {
    for (const auto& [region, time] : all_.profiles[process].regions()) {
      if (!is_named(region)) continue;
      ProgramRegion& it = found_[region];
      it.calls += time.count;
      it.inclusive += time.inclusive;
      it.self += time.self;
      if (it.processes++ == 0 || time.inclusive > it.worst_inclusive)
        it.worst = process, it.worst_inclusive = time.inclusive;
    }
  }
  /// Time of a call of MPI goes to all regions around it; no path holds a region twice.
  void add_mpi(std::uint32_t process, const Profile::Node& call) {
    const auto& nodes = all_.profiles[process].nodes();
    bool is_innermost = true;
    for (std::uint32_t id = call.parent; id != 0; id = nodes[id].parent) {
      if (!is_named(nodes[id].region)) continue;
      ProgramRegion& it = found_[nodes[id].region];
      it.mpi += call.self;
      if (is_innermost) it.own_mpi += call.self;
      is_innermost = false;
    }
  }
  std::vector<ProgramRegion> sorted() {
    std::vector<ProgramRegion> rows;
    for (auto& [region, it] : found_) {
      it.region = region;
      rows.push_back(it);
    }
    std::ranges::stable_sort(rows, std::ranges::greater{}, &ProgramRegion::self);
    return rows;
  }

  const TraceSet& traces_;
  const Analysis& all_;
  std::map<std::uint32_t, ProgramRegion> found_;
};

}  // namespace

std::vector<ProgramRegion> program_regions(const TraceSet& traces, const Analysis& analysis) {
  return Regions{traces, analysis}.find();
}

void CounterSum::add(double value) noexcept {
  ++count;
  last = value;
  if (!std::isfinite(value)) return;
  least = numbers == 0 ? value : std::min(least, value);
  most = numbers == 0 ? value : std::max(most, value);
  sum += value;
  ++numbers;
}

void MarkSum::add(TraceTime at) noexcept {
  if (count++ == 0) first = at;
  last = at;
}

}  // namespace foundation::analysis

#include "optimize/race_rule.hpp"

#include <string_view>

#include <fmt/format.h>

#include "core/contracts.hpp"
#include "core/error.hpp"
#include "optimize/detail/race_rules.hpp"

namespace foundation::optimize {

namespace {

/// Stopping candidates by their cells would not serve a score that is made otherwise.
void require_mean_of_cells(const RaceSetting& setting, std::string_view racing) {
  if (setting.scale.adds_up) return;
  throw core::Error{core::ErrorKind::bad_input,
                    fmt::format("racing = \"{}\" compares candidates cell by cell, but the "
                                "metric's score is not the mean of its cells' scores",
                                racing),
                    "use racing = \"halving\" or \"asha\", which compare whole scores"};
}

}  // namespace

std::unique_ptr<RaceRule> make_race_rule(const RaceSetting& setting) {
  switch (setting.options.racing) {
    case Racing::none:
    case Racing::halving: return detail::make_halving(setting);
    case Racing::asha: return detail::make_asha(setting);
    case Racing::paired:
      require_mean_of_cells(setting, "paired");
      return detail::make_paired(setting);
    case Racing::friedman:
      require_mean_of_cells(setting, "friedman");
      return detail::make_friedman(setting);
  }
  EXPECTS(false && "a racing of the enumeration");
  return nullptr;
}

}  // namespace foundation::optimize

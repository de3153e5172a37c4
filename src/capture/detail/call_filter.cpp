#include "capture/detail/call_filter.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "capture/job_identity.hpp"

namespace foundation::capture::detail {
namespace {

using Rows = CallFilter::Rows;
/// What a list of a scope may name, and the rows that it means.
using Known = std::map<std::string, Rows, std::less<>>;

constexpr std::size_t shown_names = 8;

Known known_communicators(const analysis::TraceSet& traces) {
  Known known;
  for (std::uint32_t row = 1; row < traces.communicators().size(); ++row)
    for (const std::string& name : traces.communicators()[row].names) known[name].insert(row);
  return known;
}

bool can_be_open(const analysis::Region& region) {
  return region.role != trace::RegionRole::counter && region.role != trace::RegionRole::mark;
}

Known known_regions(const analysis::TraceSet& traces) {
  Known known;
  for (std::uint32_t row = 1; row < traces.regions().size(); ++row)
    if (can_be_open(traces.regions()[row])) known[traces.regions()[row].name].insert(row);
  return known;
}

/// Functions of MPI may be named, too, but are too many to be told.
std::vector<std::string> regions_of_program(const analysis::TraceSet& traces) {
  std::set<std::string> names;
  for (std::size_t row = 1; row < traces.regions().size(); ++row)
    if (traces.regions()[row].role == trace::RegionRole::program)
      names.insert(traces.regions()[row].name);
  return {names.begin(), names.end()};
}

std::vector<std::string> names_of(const Known& known) {
  std::vector<std::string> names;
  for (const auto& [name, rows] : known) names.push_back(name);
  return names;
}

/// A row of /communicators.
std::optional<std::uint32_t> row_of(const std::string& word, std::size_t rows) {
  std::uint32_t row = 0;
  const auto read = std::from_chars(word.data(), word.data() + word.size(), row);
  const bool whole = read.ec == std::errc{} && read.ptr == word.data() + word.size();
  return whole && row > 0 && row < rows ? std::optional{row} : std::nullopt;
}

/// Adds what a word means; false if it means nothing.
bool add_rows(Rows& rows, const Known& known, const std::string& word, std::size_t numbers) {
  if (const auto found = known.find(word); found != known.end()) {
    rows.insert(found->second.begin(), found->second.end());
  } else if (const auto row = row_of(word, numbers)) {
    rows.insert(*row);
  } else {
    return false;
  }
  return true;
}

std::string note(const Window& window, const char* what, const std::vector<std::string>& unknown,
                 std::vector<std::string> names) {
  const bool more = names.size() > shown_names;
  if (more) names.resize(shown_names);
  return fmt::format(
      "window {}: no process knows the {}s '{}' of its scope ({}{}), so nothing is "
      "left out by {}s",
      id_text(window.id), what, fmt::join(unknown, "', '"),
      names.empty() ? "none has a name" : fmt::format("{}", fmt::join(names, ", ")),
      more ? ", ..." : "", what);
}

}  // namespace

CallFilter make_filter(const analysis::TraceSet& traces, const Window& window,
                       std::vector<std::string>& notes) {
  CallFilter filter;
  const Scope& scope = window.scope;
  const auto choose = [&](const std::vector<std::string>& words, const Known& known,
                          std::size_t numbers, std::optional<Rows>& chosen, const char* what,
                          const std::vector<std::string>& names) {
    Rows rows;
    std::vector<std::string> unknown;
    for (const std::string& word : words)
      if (!add_rows(rows, known, word, numbers)) unknown.push_back(word);
    if (unknown.empty()) {
      chosen = std::move(rows);
    } else {
      notes.push_back(note(window, what, unknown, names));
    }
  };
  if (!scope.communicators.empty()) {
    const Known known = known_communicators(traces);
    choose(scope.communicators, known, traces.communicators().size(), filter.communicators,
           "communicator", names_of(known));
  }
  if (!scope.regions.empty())
    choose(scope.regions, known_regions(traces), 0, filter.regions, "region",
           regions_of_program(traces));
  return filter;
}

}  // namespace foundation::capture::detail

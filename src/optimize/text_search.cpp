#include "optimize/detail/text_search.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "core/contracts.hpp"
#include "optimize/detail/cell_gains.hpp"

namespace foundation::optimize::detail {
namespace {

using model::Assignment;
using model::CandidateIndex;
using model::Parameter;

/// Samples beyond those asked for at once that replace failures and repetitions: as many, and
/// these.
constexpr std::uint32_t spare_samples = 4;
/// Share of the texts that a recombined candidate has from others.
constexpr double exchanged_share = 0.5;
constexpr double varied_share = 0.3;

/// Complete, with the best score; null if there is none.
const CandidateOutcome* find_reference(const std::vector<CandidateOutcome>& told, bool maximise) {
  const CandidateOutcome* best = nullptr;
  for (const CandidateOutcome& it : told) {
    if (!it.valid || !it.complete) continue;
    const bool is_better =
        best == nullptr || (maximise ? it.score > best->score : it.score < best->score);
    if (is_better) best = &it;
  }
  return best;
}

/// The texts of one sample, when all of them are there.
std::optional<Texts> texts_of(const Writing& writing, std::uint32_t sample,
                              const Evidence& evidence) {
  Texts texts;
  for (const model::TextRequest& request : writing.requests) {
    const auto text = evidence.text(request, sample);
    if (!text) return std::nullopt;
    texts.emplace_back(*text);
  }
  return texts;
}

bool is_nothing(const Texts& texts) { return std::ranges::all_of(texts, &std::string::empty); }

Need need_of(const Writing& writing, std::uint32_t samples) {
  Need need;
  for (const model::TextRequest& request : writing.requests)
    need.texts.push_back({request, samples});
  return need;
}

}  // namespace

TextSearch::TextSearch(const StrategyOptions& options, StrategyInput input)
    : ProposalSequence{options, std::move(input)}, variation_{space(), this->input().train_size} {
  EXPECTS(options.iteration > 0);
}

void TextSearch::tell(const CandidateOutcome& outcome) {
  told_.push_back(outcome);
  told_digests_.insert(model::digest(accepted()[outcome.index].assignment));
  seen_since_ = static_cast<std::uint32_t>(accepted().size());
}

std::vector<Rated> TextSearch::rated(const Evidence& evidence) const {
  const bool maximise = input().maximise;
  const CellGains gains{told_, evidence, maximise};
  const CandidateOutcome* reference = find_reference(told_, maximise);
  std::vector<Rated> rated;
  for (const CandidateOutcome& it : told_) {
    if (!it.valid) continue;
    double gain = maximise ? it.score : -it.score;
    if (!it.complete && reference != nullptr)
      gain = (maximise ? reference->score : -reference->score) + gains.mean(it, it.cells) -
             gains.mean(*reference, it.cells);
    rated.push_back({it.index, gain, it.complete});
  }
  std::ranges::stable_sort(rated, std::ranges::greater{}, &Rated::gain);
  return rated;
}

CandidateIndex TextSearch::best_of(const std::vector<Rated>& rated) {
  const auto complete = std::ranges::find(rated, true, &Rated::complete);
  if (complete != rated.end()) return complete->candidate;
  return rated.empty() ? 0 : rated.front().candidate;
}

Assignment TextSearch::assignment_of(CandidateIndex candidate) const {
  return candidate == 0 ? baseline() : accepted()[candidate].assignment;
}

std::vector<const Parameter*> TextSearch::open_in(const Assignment& assignment) const {
  std::vector<const Parameter*> open;
  for (const Parameter& parameter : space().parameters())
    if (parameter.open && assignment.find(parameter.name) != nullptr) open.push_back(&parameter);
  return open;
}

std::uint32_t TextSearch::first_companion(std::uint32_t index) const noexcept {
  const std::uint32_t heat = heat_of(index) * options().iteration;
  return std::min(std::max({given(), seen_since_, heat}), index);
}

// All of it must be there, so that what a proposal was derived from does not depend on which sample
// came first.
std::optional<Need> TextSearch::missing_samples(const Writing& writing, std::uint32_t wanted,
                                                std::uint32_t most,
                                                const Evidence& evidence) const {
  std::set<Texts> different;
  for (std::uint32_t sample = 0; different.size() < wanted && sample < most; ++sample) {
    auto texts = texts_of(writing, sample, evidence);
    const auto missing = wanted - static_cast<std::uint32_t>(different.size());
    if (!texts) return need_of(writing, std::min(sample + missing, most));
    if (is_nothing(*texts)) continue;
    if (!told_digests_.contains(model::digest(writing.use(*texts))))
      different.insert(*std::move(texts));
  }
  return std::nullopt;
}

std::optional<Reply> TextSearch::first_written(std::uint32_t index, const Writing& writing,
                                               const Evidence& evidence) const {
  const std::uint32_t wanted = std::min(writing.at_once, model::most_samples);
  const std::uint32_t most = std::min(2 * wanted + spare_samples, model::most_samples);
  if (auto missing = missing_samples(writing, wanted, most, evidence)) return missing;
  for (std::uint32_t sample = 0; sample < most; ++sample) {
    const auto texts = texts_of(writing, sample, evidence);
    if (!texts) return need_of(writing, sample + 1);
    if (is_nothing(*texts)) continue;
    Assignment assignment = writing.use(*texts);
    if (is_accepted(assignment)) continue;
    return model::Candidate{.index = index,
                            .parent = writing.parent,
                            .origin = writing.origin,
                            .assignment = std::move(assignment)};
  }
  return std::nullopt;
}

Reply TextSearch::recombined(std::uint32_t index, CandidateIndex parent) const {
  const Assignment from = assignment_of(parent);
  return first_new(index, parent, fmt::format("recombined from {}", parent),
                   [&](std::uint32_t attempt) {
                     core::Stream stream{options().seed, core::Purpose::sample, index, attempt};
                     const bool is_late = attempt >= most_redraws / 2;  // what is near is used up
                     Assignment drawn = variation_.vary(from, is_late ? 1 : varied_share, stream);
                     for (const Parameter* parameter : open_in(drawn)) {
                       const std::vector<std::string> texts = known_texts(*parameter);
                       if (stream.chance(exchanged_share))
                         drawn.set(parameter->name, texts[stream.below(texts.size())]);
                     }
                     return drawn;
                   });
}

/// Without repetitions; the program's own is the first.
std::vector<std::string> TextSearch::known_texts(const Parameter& parameter) const {
  std::vector<std::string> texts{std::get<std::string>(parameter.initial)};
  const auto add = [&texts](const std::string& text) {
    if (std::ranges::find(texts, text) == texts.end()) texts.push_back(text);
  };
  for (const std::string& choice : parameter.choices) add(choice);
  for (const model::Candidate& candidate : accepted())
    if (candidate.assignment.find(parameter.name) != nullptr)
      add(candidate.assignment.text(parameter.name));
  return texts;
}

}  // namespace foundation::optimize::detail

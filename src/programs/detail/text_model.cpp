#include "programs/detail/text_model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/contracts.hpp"
#include "core/exact_math.hpp"

namespace foundation::programs::detail {
namespace {

using Rule = ModelOptions::Rule;
using Weighting = ModelOptions::Weighting;

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

std::size_t total_features(std::span<const Document* const> documents) {
  std::size_t total = 0;
  for (const Document* document : documents) total += document->features.size();
  return total;
}

std::uint32_t index_of_largest(std::span<const double> values) {
  return static_cast<std::uint32_t>(std::ranges::max_element(values) - values.begin());
}

}  // namespace

// Documents are sorted by label, so that the postings of one label lie side by side.
TextModel::TextModel(std::span<const Document* const> documents, std::uint32_t label_count,
                     const ModelOptions& options)
    : options_{options},
      label_count_{label_count},
      label_documents_(label_count),
      index_{total_features(documents)} {
  EXPECTS(!documents.empty());
  std::vector<const Document*> sorted(documents.begin(), documents.end());
  std::ranges::stable_sort(sorted, {}, &Document::label);
  for (const Document* document : sorted) {
    document_labels_.push_back(document->label);
    ++label_documents_[document->label];
    for (const std::uint64_t feature : document->features) static_cast<void>(index_.add(feature));
  }
  most_frequent_ = static_cast<std::uint32_t>(std::ranges::max_element(label_documents_) -
                                              label_documents_.begin());
  if (options_.weighting == Weighting::idf) learn_idf(sorted);

  std::vector<std::vector<Weighted>> vectors;
  for (const Document* document : sorted) {
    vectors.push_back(weigh(document->features));
    if (options_.rule == Rule::naive_bayes) continue;
    double squares = 0;
    for (const Weighted& entry : vectors.back()) squares += entry.weight * entry.weight;
    for (Weighted& entry : vectors.back()) entry.weight /= std::sqrt(squares);
  }
  learn_postings(vectors);
  if (options_.rule == Rule::centroid) scale_to_unit_targets();
  if (options_.rule == Rule::naive_bayes) learn_bayes();
}

double TextModel::weight_of(std::uint32_t feature, std::uint32_t occurrences) const {
  switch (options_.weighting) {
    case Weighting::tf: break;
    case Weighting::sublinear: return occurrences == 1 ? 1.0 : 1.0 + core::exact::log(occurrences);
    case Weighting::idf: return occurrences * idf_[feature];
  }
  return occurrences;
}

/// The known features of a text, each once, in ascending order, with their weights.
std::vector<TextModel::Weighted> TextModel::weigh(std::span<const std::uint64_t> features) const {
  std::vector<std::uint32_t> known;
  known.reserve(features.size());
  for (const std::uint64_t feature : features) {
    const std::uint32_t number = index_.find(feature);
    if (number != FeatureIndex::none) known.push_back(number);
  }
  std::ranges::sort(known);
  std::vector<Weighted> weighted;
  weighted.reserve(known.size());
  for (auto begin = known.begin(); begin != known.end();) {
    const auto end = std::find_if(begin, known.end(), [&](auto other) { return other != *begin; });
    weighted.push_back({*begin, weight_of(*begin, static_cast<std::uint32_t>(end - begin))});
    begin = end;
  }
  return weighted;
}

void TextModel::learn_idf(std::span<const Document* const> documents) {
  std::vector<std::uint32_t> having(index_.size());
  std::vector<std::size_t> last_seen(index_.size());
  for (std::size_t number = 1; number <= documents.size(); ++number) {
    for (const std::uint64_t feature : documents[number - 1]->features) {
      const std::uint32_t which = index_.find(feature);
      if (std::exchange(last_seen[which], number) != number) ++having[which];
    }
  }
  const auto all = static_cast<double>(documents.size());
  std::vector<double> idf_by_count(documents.size() + 1);
  for (std::size_t count = 0; count < idf_by_count.size(); ++count) {
    idf_by_count[count] = 1.0 + core::exact::log((1.0 + all) / (1.0 + static_cast<double>(count)));
  }
  for (const std::uint32_t count : having) idf_.push_back(idf_by_count[count]);
}

/// Adds up, for each feature and target, the weights in the order of the documents.
void TextModel::learn_postings(const std::vector<std::vector<Weighted>>& vectors) {
  const bool by_document = options_.rule == Rule::nearest;
  target_count_ = by_document ? vectors.size() : label_count_;
  std::vector<std::uint32_t> capacity_end(index_.size() + 1);
  for (const auto& vector : vectors) {
    for (const Weighted& entry : vector) ++capacity_end[entry.feature + 1];
  }
  for (std::size_t i = 1; i < capacity_end.size(); ++i) capacity_end[i] += capacity_end[i - 1];
  std::vector<Posting> loose(capacity_end.back());
  std::vector<std::uint32_t> used(index_.size());
  for (std::uint32_t document = 0; document < vectors.size(); ++document) {
    const std::uint32_t target = by_document ? document : document_labels_[document];
    for (const auto& [feature, weight] : vectors[document]) {
      Posting* const begin = &loose[capacity_end[feature]];
      if (used[feature] > 0 && begin[used[feature] - 1].target == target) {
        begin[used[feature] - 1].weight += weight;
      } else {
        begin[used[feature]++] = {target, weight};
      }
    }
  }
  for (std::size_t feature = 0; feature < used.size(); ++feature) {
    first_posting_.push_back(static_cast<std::uint32_t>(postings_.size()));
    const auto begin = loose.begin() + capacity_end[feature];
    postings_.insert(postings_.end(), begin, begin + used[feature]);
  }
  first_posting_.push_back(static_cast<std::uint32_t>(postings_.size()));
}

void TextModel::scale_to_unit_targets() {
  std::vector<double> squares(target_count_);
  for (const Posting& posting : postings_)
    squares[posting.target] += posting.weight * posting.weight;
  for (Posting& posting : postings_) posting.weight /= std::sqrt(squares[posting.target]);
}

/// ln P(feature | label) = ln((w + a) / (W + a V)), w the feature's weight in the label's
/// documents, W the sum of all, V the number of features. Written as ln(a / (W + a V)), paid for
/// every feature of a text, plus a posting ln(1 + w / a) where w > 0.
void TextModel::learn_bayes() {
  std::vector<double> sums(label_count_);
  for (const Posting& posting : postings_) sums[posting.target] += posting.weight;
  const double smoothing = options_.smoothing;
  const auto documents = static_cast<double>(document_labels_.size());
  for (std::uint32_t label = 0; label < label_count_; ++label) {
    const double share = label_documents_[label] / documents;
    prior_.push_back(share > 0 ? core::exact::log(share) : minus_infinity);
    unseen_.push_back(core::exact::log(smoothing / (sums[label] + smoothing * index_.size())));
  }
  for (Posting& posting : postings_) {
    posting.weight = core::exact::log(1.0 + posting.weight / smoothing);
  }
}

std::uint32_t TextModel::vote(std::span<const double> similarities) const {
  std::vector<std::uint32_t> similar;
  similar.reserve(similarities.size());
  for (std::uint32_t document = 0; document < similarities.size(); ++document) {
    if (similarities[document] > 0) similar.push_back(document);
  }
  const auto voters = std::min<std::size_t>(options_.neighbours, similar.size());
  const auto middle = similar.begin() + static_cast<std::ptrdiff_t>(voters);
  std::ranges::partial_sort(similar, middle, [&](std::uint32_t a, std::uint32_t b) {
    return similarities[a] != similarities[b] ? similarities[a] > similarities[b] : a < b;
  });
  std::vector<double> votes(label_count_);
  for (auto voter = similar.begin(); voter != middle; ++voter) {
    votes[document_labels_[*voter]] += similarities[*voter];
  }
  return index_of_largest(votes);
}

std::uint32_t TextModel::classify(std::span<const std::uint64_t> features) const {
  const std::vector<Weighted> known = weigh(features);
  if (known.empty()) return most_frequent_;
  std::vector<double> scores(target_count_);
  double total = 0;
  for (const auto& [feature, weight] : known) {
    total += weight;
    for (auto i = first_posting_[feature]; i < first_posting_[feature + 1]; ++i) {
      scores[postings_[i].target] += weight * postings_[i].weight;
    }
  }
  if (options_.rule == Rule::nearest) return vote(scores);
  if (options_.rule == Rule::naive_bayes) {
    for (std::size_t label = 0; label < scores.size(); ++label) {
      scores[label] += prior_[label] + total * unseen_[label];
    }
  }
  return index_of_largest(scores);
}

}  // namespace foundation::programs::detail

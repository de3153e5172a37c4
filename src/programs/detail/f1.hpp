#pragma once

#include <span>

#include "programs/metric.hpp"

/// F1 over classes. The classes are the labels that occur among the cells. For class c, TP cells
/// have label c and are answered c, FN cells have label c and are answered otherwise (or failed),
/// FP cells have another label and are answered c; each counts with its weight. An answer that is
/// no class at all is a false negative only.
///
/// macro: the mean of 2 TP / (2 TP + FP + FN) over the classes (Opitz and Burst, "Macro F1 and
/// Macro F1", 2019: the "averaged F1" they recommend). micro: the same formula on TP, FP and FN
/// summed over the classes (Sokolova and Lapalme, "A systematic analysis of performance measures
/// for classification tasks", 2009); with answers from among the classes it equals accuracy.
/// `cells` must not be empty.
namespace foundation::programs::detail {

[[nodiscard]] double macro_f1(std::span<const ScoredCell> cells, bool weighted);
[[nodiscard]] double micro_f1(std::span<const ScoredCell> cells, bool weighted);

}  // namespace foundation::programs::detail

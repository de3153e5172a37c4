# Tunes clasp with irace: the same parameters, instances and number of runs as clasp.toml says.
# Prints the arguments found, after a line with the runs used.
# Usage: Rscript peer.R LIST_OF_INSTANCES RUNS SEED SLOTS

suppressPackageStartupMessages(library(irace))

words <- commandArgs(trailingOnly = TRUE)

parameters <- readParameters(text = '
heuristic  "--heuristic="     c ("Vsids,95", "Vsids,90", "Vsids,85", "Vsids,75", "Berkmin", "Vmtf")
restarts   ""                 c (x, L, D)
first      "--restarts=x,"    i (16, 1024) | restarts == "x"
growth     ","                r (1.1, 2.0) | restarts == "x"
luby       "--restarts=L,"    i (16, 1024) | restarts == "L"
window     "--restarts=D,"    i (20, 200)  | restarts == "D"
ratio      ","                r (0.5, 0.95) | restarts == "D"
deletion   "--deletion="      c (basic, sort, ipSort, ipHeap)
fraction   ","                i (10, 95)
strengthen "--strengthen="    c (recursive, local, no)
otfs       "--otfs="          i (0, 2)
arcs       "--reverse-arcs="  i (0, 3)
lbd        "--update-lbd="    c (less, glucose, pseudo)
progress   "--save-progress=" i (0, 180)
sign       "--sign-def="      c (asp, pos, neg, rnd)
random     "--rand-freq="     r (0, 0.2)
prepro     "--sat-prepro="    c ("2", "1", "3", no)
', digits = 4)

# Switches that begin with a comma go on with the argument before them.
arguments_of <- function(configuration) {
  found <- character()
  for (name in parameters$names) {
    switch <- parameters$switches[[name]]
    value <- configuration[[name]]
    if (is.na(value) || switch == "") next
    text <- paste0(switch, value)
    if (startsWith(switch, ",")) found[length(found)] <- paste0(found[length(found)], text)
    else found <- c(found, text)
  }
  found
}

conflicts <- function(configuration, instance) {
  said <- suppressWarnings(system2("clasp", c(
    "--outf=2", "--stats", "--quiet=2", "--solve-limit=20000", "--seed=1",
    arguments_of(configuration), instance), stdout = TRUE, stderr = FALSE))
  line <- grep('"Conflicts":', said, value = TRUE)[1]
  as.numeric(gsub("[^0-9]", "", line))
}

scenario <- list(
  targetRunner = function(experiment, scenario)
    list(cost = conflicts(experiment$configuration, experiment$instance)),
  instances = readLines(words[1]),
  maxExperiments = as.integer(words[2]),
  seed = as.integer(words[3]),
  parallel = as.integer(words[4]),
  deterministic = TRUE,
  digits = 4,
  sampleInstances = TRUE,
  logFile = "")

silent <- capture.output(best <- irace(scenario = scenario, parameters = parameters))
used <- grep("experimentsUsed", silent, value = TRUE)
cat(if (length(used) > 0) gsub("[^0-9]", "", tail(used, 1)) else words[2], "\n")
cat(arguments_of(best[1, ]), sep = "\n")

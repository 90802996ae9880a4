package api

// The paths below which the API answers. A job's id is one segment of a path,
// escaped. Operations on a job take ?jobstore=NAME; without it the first store
// that has the id is meant.
//
//	GET    /jobs                        ?jobstore= &after= &limit=      -> Jobs
//	POST   /jobs                        JobSpec; 409 when the id is taken -> 201, Job
//	POST   /jobs?on_conflict=W          fail, keep, replace or declare
//	GET    /jobs/{id}                                                   -> Job, ETag
//	PUT    /jobs/{id}                   JobSpec; If-Match, If-None-Match: * -> Job
//	PATCH  /jobs/{id}                   options to set; null takes one away; If-Match -> Job
//	DELETE /jobs/{id}                   If-Match                        -> 204
//	POST   /jobs/{id}/run | pause | resume                              -> Run | Job
//	GET    /runs                        ?job= &jobstore= &phase= &outcome= &since= &before= &after= &limit= -> Runs
//	GET    /runs/{id}                   ?wait=SECONDS until it is done  -> Run
//	GET    /runs/{id}/log               ?offset= &limit= &follow=true   -> text/plain
//	POST   /runs/{id}/cancel                                            -> Run
//	POST   /triggers/preview            PreviewRequest                  -> Preview
//	GET    /scheduler                                                   -> Scheduler
//	POST   /scheduler/pause | resume                                    -> Scheduler
//	POST   /scheduler/shutdown          ?wait=false cancels what runs   -> Scheduler
const Prefix = "/api/v1"

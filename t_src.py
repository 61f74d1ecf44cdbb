import logging
log = logging.getLogger()
def g(user, x):
    v = user.password
    w = 1
    if x:
        v = h(v, w)
        w = h(w, v)
    if x:
        v = h(v, w)
        w = h(w, v)
    if x:
        v = h(v, w)
        w = h(w, v)
    if x:
        v = h(v, w)
        w = h(w, v)
    if x:
        v = h(v, w)
        w = h(w, v)
    if x:
        v = h(v, w)
        w = h(w, v)
    if x:
        v = h(v, w)
        w = h(w, v)
    if x:
        v = h(v, w)
        w = h(w, v)
    if x:
        v = h(v, w)
        w = h(w, v)
    if x:
        v = h(v, w)
        w = h(w, v)
    if x:
        v = h(v, w)
        w = h(w, v)
    if x:
        v = h(v, w)
        w = h(w, v)
    if x:
        v = h(v, w)
        w = h(w, v)
    if x:
        v = h(v, w)
        w = h(w, v)
    log.info('%s', v)

-- Force-release: an admin ends somebody's session, at once or by an approval.

--- do_force_release
-- The session ends like any other (see sessions_ended). The columns `checkpoint…` are of an earlier release: a draft says
-- itself how it is to be kept.
CREATE VIEW do_force_release AS
SELECT NULL AS session_id, NULL AS part_number, NULL AS admin, NULL AS reason, NULL AS approval_id,
       NULL AS checkpoint_id, NULL AS checkpoint_ttl_hours, NULL AS checkpoint_max_per_item, NULL AS cause WHERE 0;

--- do_force_release_insert
CREATE TRIGGER do_force_release_insert INSTEAD OF INSERT ON do_force_release
WHEN EXISTS (SELECT 1 FROM sessions s JOIN items i ON i.id = s.item_id
             WHERE s.id = NEW.session_id AND i.part_number = NEW.part_number)
BEGIN
    INSERT INTO do_expire (item_id, cause) SELECT item_id, NEW.cause FROM sessions WHERE id = NEW.session_id;

    UPDATE sessions
    SET ended_at = (SELECT now FROM clock), end_reason = 'force_released', consequences = 1, forced_by = NEW.admin,
        force_reason = NEW.reason, approval_id = NEW.approval_id, cause = NEW.cause
    WHERE id = NEW.session_id AND ended_at IS NULL AND expires_at > (SELECT now FROM clock);
END;

--- gate_documents
-- A gate is passed by one approving signature, and failed by one that rejects. `reach` is how many of the built-in roles can
-- sign it, as each includes the ones before it; any other name has to be given to somebody.
CREATE VIEW gate_documents AS
SELECT g.approval_id, g.number, g.role, g.required,
       CASE g.role WHEN 'viewer' THEN 3 WHEN 'editor' THEN 2 WHEN 'admin' THEN 1 ELSE 0 END AS reach,
       CASE WHEN EXISTS (SELECT 1 FROM signatures s WHERE s.approval_id = g.approval_id AND s.gate = g.number
                           AND s.decision = 'reject') THEN 'rejected'
            WHEN EXISTS (SELECT 1 FROM signatures s WHERE s.approval_id = g.approval_id AND s.gate = g.number)
            THEN 'approved' ELSE 'pending' END AS status,
       (SELECT json_group_array(json_object('user', user, 'decision', decision, 'comment', comment,
                                            'signed_at', signed_at))
        FROM (SELECT * FROM signatures s WHERE s.approval_id = g.approval_id AND s.gate = g.number ORDER BY s.seq))
       AS signatures, g.label
FROM approval_gates g;

--- approval_documents
CREATE VIEW approval_documents AS
SELECT a.seq, a.id, a.state, a.is_open, a.session_id, a.requested_by, i.part_number,
       json_object('id', a.id, 'workflow', a.workflow, 'version', a.version, 'state', a.state,
       'action', 'force_release', 'resource_type', 'edit_session', 'resource_id', a.session_id,
       'part_number', i.part_number, 'requested_by', a.requested_by, 'reason', a.reason,
       'gates', json((SELECT json_group_array(json_object('role', g.role, 'label', g.label,
                                              'required', json(iif(g.required, 'true', 'false')), 'status', g.status,
                                              'signatures', json(g.signatures)))
                      FROM (SELECT * FROM gate_documents WHERE approval_id = a.id ORDER BY number) g)),
       'created_at', a.created_at, 'completed_at', a.completed_at, 'outcome', a.outcome) AS document
FROM approvals a JOIN items i ON i.id = a.item_id;

--- do_tell_approval
-- Tells whom an approval concerns: the requester's workstations, the holder's, and those whose users polled with a role
-- that one of its gates names, or are leads there where one is for leads.
CREATE VIEW do_tell_approval AS SELECT NULL AS approval_id, NULL AS type, NULL AS cause WHERE 0;

--- do_tell_approval_insert
CREATE TRIGGER do_tell_approval_insert INSTEAD OF INSERT ON do_tell_approval
BEGIN
    INSERT INTO emit (type, item_id, watchers, workstations, data, cause)
    SELECT NEW.type, a.item_id, 0,
           (SELECT json_group_array(w.id) FROM workstations w
            WHERE w.user = a.requested_by OR w.id = (SELECT workstation_id FROM sessions WHERE id = a.session_id)
               OR EXISTS (SELECT 1 FROM json_each(w.roles) r JOIN approval_gates g ON g.role = r.value
                          WHERE g.approval_id = a.id)
               OR EXISTS (SELECT 1 FROM approval_gates g WHERE g.approval_id = a.id AND g.role = 'lead')
                  AND w.user IN (SELECT user FROM team_members WHERE lead)
                  AND EXISTS (SELECT 1 FROM led WHERE want = (SELECT json_array(json_array(w.user, i.part_number))
                                                              FROM items i WHERE i.id = a.item_id))),
           json_object('approval_id', a.id, 'workflow', a.workflow, 'state', a.state, 'resource_id', a.session_id,
                       'by', NEW.cause ->> '$.actor'), NEW.cause
    FROM approvals a WHERE a.id = NEW.approval_id;

    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    SELECT NEW.type, 'approval', a.id, a.item_id,
           json_object('workflow', a.workflow, 'version', a.version, 'state', a.state, 'session_id', a.session_id,
                       'requested_by', a.requested_by, 'reason', a.reason, 'outcome', a.outcome,
                       'signature', json((SELECT json_object('gate', s.gate, 'decision', s.decision,
                                                             'comment', s.comment)
                                          FROM signatures s WHERE s.approval_id = a.id AND s.cause = NEW.cause))),
           NEW.cause
    FROM approvals a WHERE a.id = NEW.approval_id;
END;

--- do_request_approval
-- Asking again while an approval for the session is open adds the reason to it, up to some 8,000 characters in all, and may
-- give the holder longer to save (`save_seconds`). `gates` is a JSON array.
CREATE VIEW do_request_approval AS
SELECT NULL AS id, NULL AS session_id, NULL AS part_number, NULL AS workflow, NULL AS version, NULL AS gates,
       NULL AS on_reject, NULL AS on_approve, NULL AS user, NULL AS reason, NULL AS save_seconds, NULL AS cause WHERE 0;

--- do_request_approval_insert
CREATE TRIGGER do_request_approval_insert INSTEAD OF INSERT ON do_request_approval
WHEN EXISTS (SELECT 1 FROM sessions s JOIN items i ON i.id = s.item_id
             WHERE s.id = NEW.session_id AND i.part_number = NEW.part_number)
BEGIN
    INSERT INTO do_expire (item_id, cause) SELECT item_id, NEW.cause FROM sessions WHERE id = NEW.session_id;

    UPDATE approvals
    SET reason = reason || char(10) || NEW.user || ': ' || NEW.reason, cause = NEW.cause
    WHERE session_id = NEW.session_id AND is_open AND NOT (requested_by = NEW.user AND reason = NEW.reason)
      AND instr(reason || char(10), char(10) || NEW.user || ': ' || NEW.reason || char(10)) = 0
      AND length(reason) + length(NEW.reason) <= 8000;

    UPDATE approvals SET save_seconds = NEW.save_seconds, cause = NEW.cause
    WHERE session_id = NEW.session_id AND is_open AND NEW.save_seconds > coalesce(save_seconds, 0);

    INSERT INTO approval_gates (approval_id, number, role, label, required)
    SELECT NEW.id, g.key, g.value ->> '$.role', g.value ->> '$.label', g.value ->> '$.required'
    FROM json_each(NEW.gates) g
    WHERE EXISTS (SELECT 1 FROM active_sessions WHERE id = NEW.session_id)
      AND NOT EXISTS (SELECT 1 FROM approvals WHERE session_id = NEW.session_id AND is_open);

    INSERT INTO approvals (id, workflow, version, state, is_open, on_reject, on_approve, session_id, item_id,
                           requested_by, reason, save_seconds, created_at, cause)
    SELECT NEW.id, NEW.workflow, NEW.version, 'pending', 1, NEW.on_reject, NEW.on_approve, s.id, s.item_id, NEW.user,
           NEW.reason, nullif(NEW.save_seconds, 0), now, NEW.cause
    FROM sessions s, clock
    WHERE s.id = NEW.session_id AND s.ended_at IS NULL AND s.expires_at > now
      AND NOT EXISTS (SELECT 1 FROM approvals WHERE session_id = NEW.session_id AND is_open);
END;

--- approvals_created
CREATE TRIGGER approvals_created AFTER INSERT ON approvals
BEGIN
    INSERT INTO do_tell_approval (approval_id, type, cause) VALUES (NEW.id, 'approval.created', NEW.cause);
END;

--- approvals_asked_again
CREATE TRIGGER approvals_asked_again AFTER UPDATE OF reason, save_seconds ON approvals
BEGIN
    INSERT INTO record (action, resource_type, resource_id, item_id, details, cause)
    VALUES ('approval.asked_again', 'approval', NEW.id, NEW.item_id,
            json_object('session_id', NEW.session_id, 'requested_by', NEW.requested_by, 'reason', NEW.reason,
                        'save_seconds', NEW.save_seconds), NEW.cause);
END;

--- do_sign
-- `roles` is a JSON array of the roles that the user's signature can stand for. It stands for the gate whose role or label is
-- `gate`. Without one, for an open gate before a decided one, then the one that the fewest can sign, then a required one,
-- then the first. (`release_with` is of an earlier release.)
CREATE VIEW do_sign AS
SELECT NULL AS approval_id, NULL AS user, NULL AS roles, NULL AS decision, NULL AS comment, NULL AS gate,
       NULL AS allow_self_sign, NULL AS release_with, NULL AS cause WHERE 0;

--- do_sign_insert
CREATE TRIGGER do_sign_insert INSTEAD OF INSERT ON do_sign
WHEN EXISTS (SELECT 1 FROM approvals WHERE id = NEW.approval_id)
 AND NOT EXISTS (SELECT 1 FROM hidden
                 WHERE want = (SELECT json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user), d.part_number))
                               FROM approval_documents d WHERE d.id = NEW.approval_id))
BEGIN
    INSERT INTO do_expire (item_id, cause) SELECT item_id, NEW.cause FROM approvals WHERE id = NEW.approval_id;

    INSERT INTO signatures (approval_id, gate, user, decision, comment, signed_at, cause)
    SELECT NEW.approval_id, g.number, NEW.user, NEW.decision, NEW.comment, now, NEW.cause
    FROM approvals a JOIN gate_documents g ON g.approval_id = a.id JOIN json_each(NEW.roles) r ON r.value = g.role, clock
    WHERE a.id = NEW.approval_id AND a.is_open AND (NEW.allow_self_sign OR a.requested_by <> NEW.user)
      AND (NEW.gate IS NULL OR NEW.gate IN (g.role, g.label))
      AND NOT EXISTS (SELECT 1 FROM signatures WHERE approval_id = NEW.approval_id AND user = NEW.user)
    ORDER BY g.status <> 'pending', g.reach, NOT g.required, g.number LIMIT 1;
END;

--- signatures_added
-- The rules: `any_reject`, then `all_required_approve`. An approval that neither decides stays open. Nothing is kept or
-- released where the session is over already.
CREATE TRIGGER signatures_added AFTER INSERT ON signatures
BEGIN
    INSERT INTO do_tell_approval (approval_id, type, cause) VALUES (NEW.approval_id, 'approval.signed', NEW.cause);

    UPDATE approvals
    SET state = on_reject, is_open = 0, completed_at = NEW.signed_at, cause = NEW.cause,
        outcome = iif(EXISTS (SELECT 1 FROM active_sessions s WHERE s.id = approvals.session_id),
                      'session_kept', 'session_over')
    WHERE id = NEW.approval_id AND NEW.decision = 'reject';

    UPDATE approvals
    SET state = on_approve, is_open = 0, completed_at = NEW.signed_at, cause = NEW.cause,
        outcome = iif(EXISTS (SELECT 1 FROM active_sessions s WHERE s.id = approvals.session_id),
                      iif(save_seconds IS NULL, 'session_released', 'session_saving'), 'session_over')
    WHERE id = NEW.approval_id AND is_open
      AND NOT EXISTS (SELECT 1 FROM gate_documents g
                      WHERE g.approval_id = NEW.approval_id AND g.required AND g.status <> 'approved');
END;

--- do_cancel_approval
CREATE VIEW do_cancel_approval AS
SELECT NULL AS approval_id, NULL AS user, NULL AS is_admin, NULL AS cause WHERE 0;

--- do_cancel_approval_insert
CREATE TRIGGER do_cancel_approval_insert INSTEAD OF INSERT ON do_cancel_approval
WHEN NOT EXISTS (SELECT 1 FROM hidden
                 WHERE want = (SELECT json_array(json_array(iif(NEW.cause ->> '$.admin', NULL, NEW.user), d.part_number))
                               FROM approval_documents d WHERE d.id = NEW.approval_id))
BEGIN
    INSERT INTO do_expire (item_id, cause) SELECT item_id, NEW.cause FROM approvals WHERE id = NEW.approval_id;

    UPDATE approvals
    SET state = 'cancelled', is_open = 0, completed_at = (SELECT now FROM clock), cause = NEW.cause,
        outcome = iif(EXISTS (SELECT 1 FROM active_sessions s WHERE s.id = approvals.session_id),
                      'session_kept', 'session_over')
    WHERE id = NEW.approval_id AND is_open AND (requested_by = NEW.user OR NEW.is_admin);
END;

--- approvals_completed
-- With the approval, and in its statement, the session goes: by order of who asked for it, as the audit row says too,
-- whose actor is who signed last. Where the holder is to save first, that is what is commanded now.
CREATE TRIGGER approvals_completed AFTER UPDATE OF is_open ON approvals
WHEN OLD.is_open AND NOT NEW.is_open
BEGIN
    INSERT INTO do_tell_approval (approval_id, type, cause) VALUES (NEW.id, 'approval.completed', NEW.cause);

    INSERT INTO do_force_release (session_id, part_number, admin, reason, approval_id, cause)
    SELECT NEW.session_id, i.part_number, NEW.requested_by, NEW.reason, NEW.id, NEW.cause
    FROM items i WHERE i.id = NEW.item_id AND NEW.outcome = 'session_released';

    INSERT INTO do_save_first (command_id, session_id, part_number, admin, reason, approval_id, save_seconds, cause)
    SELECT (SELECT uuid FROM fresh), NEW.session_id, i.part_number, NEW.requested_by, NEW.reason, NEW.id,
           NEW.save_seconds, NEW.cause
    FROM items i WHERE i.id = NEW.item_id AND NEW.outcome = 'session_saving';
END;
